<?php
// deploy/lib/LocalSettings.php: what a sandbox's wikis have beyond their installer's settings.

// jobs run when a test says so (deploy/sandbox jobs DIR)
$wgJobRunRate = 0;
// and tell of pages that came into a category
$wgRCWatchCategoryMembership = true;

$wgArticlePath = '/wiki/$1';
$wgLocalisationCacheConf['store'] = 'array';
$wgShowExceptionDetails = true;
$wgEnableEmail = false;
// English has none
$wgExtraGenderNamespaces = [ NS_USER => [ 'female' => 'Useress' ], NS_USER_TALK => [ 'male' => 'His_talk', 'female' => 'Her_talk' ] ];

$wgEnableUploads = true;
$wgFileExtensions = [ 'png', 'jpg', 'gif', 'svg', 'txt' ];
$wgStrictFileExtensions = false;
$wgUseImageMagick = false;

// pages with more revisions are deleted in parts, by jobs
$wgDeleteRevisionsBatchSize = 20;

// tests are in a hurry
$wgPasswordConfig['pbkdf2']['cost'] = '1';
$wgRateLimits = [];
$wgPasswordAttemptThrottle = [];
$wgAccountCreationThrottle = [];

foreach ( [
	'deleterevision', 'deletelogentry', 'suppressrevision', 'viewsuppressed', 'suppressionlog', 'hideuser',
	'mergehistory', 'editcontentmodel', 'import', 'importupload', 'renameuser', 'apihighlimits',
	'deletechangetags', 'managechangetags', 'unblockself',
] as $right ) {
	$wgGroupPermissions['sysop'][$right] = true;
}
