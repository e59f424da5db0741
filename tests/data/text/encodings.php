<?php
// tests/data/text/encodings.php: what PHP's iconv makes of texts as MediaWiki asks for it; writes encodings.tsv: encoding, text and result
// in hexadecimal, '-' if there is none. usage: php encodings.php >encodings.tsv

mt_srand( 5 );
foreach ( [ 'windows-1252', 'ISO-8859-1', 'windows-1251', 'KOI8-R', 'EUC-JP', 'SHIFT_JIS', 'GB2312', 'BIG5', 'UTF-8' ] as $encoding ) {
	for ( $i = 0; $i < 25; $i++ ) {
		$text = '';
		for ( $n = mt_rand( 0, $i < 20 ? 10 : 100 ); $n > 0; $n-- ) {
			$text .= chr( mt_rand( 0, 3 ) > $i % 4 ? mt_rand( 97, 122 ) : mt_rand( 128, 255 ) );
		}
		$result = @iconv( $encoding, 'UTF-8//IGNORE', $text );
		echo "$encoding\t", bin2hex( $text ), "\t", $result === false ? '-' : bin2hex( $result ), "\n";
	}
}
