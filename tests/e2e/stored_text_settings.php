<?php
/*
 * tests/e2e/stored_text_settings.php: what a wiki has whose texts are stored in every way; stored_text.py names its databases.
 *
 * MediaWiki writes binary differences with the extension xdiff, and reads them without. Debian has no xdiff: below are the two
 * functions that MediaWiki asks for. RABDIFF_LIBRARY names a library around LibXDiff itself (../data/text/README.md).
 */

// the one that is asked whether it is there
function xdiff_string_bdiff( $from, $to ) {
	return xdiff_string_rabdiff( $from, $to );
}

function xdiff_string_rabdiff( $from, $to ) {
	return getenv( 'RABDIFF_LIBRARY' ) ? storedTextLibraryDiff( $from, $to ) : storedTextDiff( $from, $to );
}

function storedTextLibraryDiff( $from, $to ) {
	static $library = null;
	$library ??= FFI::cdef( 'long rabdiff(const char *, long, const char *, long, char **);', getenv( 'RABDIFF_LIBRARY' ) );
	$out = FFI::new( 'char *' );
	$len = $library->rabdiff( $from, strlen( $from ), $to, strlen( $to ), FFI::addr( $out ) );
	return FFI::string( $out, $len );
}

// copies what both have in common, in lines; inserts the rest
function storedTextDiff( $from, $to ) {
	$diff = ( new DiffHistoryBlob )->xdiffAdler32( $from ) . pack( 'V', strlen( $from ) );
	foreach ( preg_split( '/(?<=\n)/', $to ) as $line ) {
		$at = strlen( $line ) < 12 ? false : strpos( $from, $line );
		if ( $at !== false ) {
			$diff .= pack( 'CVV', 2, $at, strlen( $line ) );
		} elseif ( strlen( $line ) > 255 ) {
			$diff .= pack( 'CV', 3, strlen( $line ) ) . $line;
		} elseif ( $line !== '' ) {
			$diff .= pack( 'CC', 1, strlen( $line ) ) . $line;
		}
	}
	return $diff;
}

$wgLegacyEncoding = 'windows-1252';
$wgExternalStores = [ 'DB' ];
$wgExternalServers = [];
foreach ( [ 1, 2, 3 ] as $storedTextCluster ) {
	$wgExternalServers["cluster$storedTextCluster"] = [ [
		'host' => $wgDBserver, 'user' => $wgDBuser, 'password' => $wgDBpassword, 'type' => 'mysql', 'load' => 1,
		'dbname' => "{$wgDBname}_cluster$storedTextCluster"
	] ];
}
$wgCompressRevisions = (bool)getenv( 'STORED_TEXT_GZIP' );
if ( getenv( 'STORED_TEXT_EXTERNAL' ) ) {
	$wgDefaultExternalStore = [ 'DB://cluster3' ];
}
