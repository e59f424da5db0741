<?php
/*
 * tests/e2e/stored_text.php: stored texts by MediaWiki's own classes; run by stored_text.py.
 *
 * read COUNT ADDRESSES: what MediaWiki reads. COUNT: revisions of a request; ADDRESSES: those of which the blob store is asked. Lines:
 *	revision ID ADDRESS BASE64		the main slot's content, from the API
 *	address ADDRESS BASE64			what the blob store reads there, or nothing if it refuses
 * recompress CLUSTER CLASS IDS [CLASS IDS]...: puts texts into one object in External Storage, and its address into their rows.
 */
require_once getenv( 'MW_INSTALL_PATH' ) . '/maintenance/Maintenance.php';

use MediaWiki\MediaWikiServices;

class StoredText extends Maintenance {
	public function __construct() {
		parent::__construct();
		$this->addArg( 'what', 'read or recompress' );
		$this->addArg( 'arguments', 'of that', false, true );
	}

	public function execute() {
		if ( $this->getArg( 0 ) === 'read' ) {
			$this->read( (int)$this->getArg( 1 ), explode( ' ', $this->getArg( 2 ) ) );
		} else {
			for ( $i = 2; $this->hasArg( $i ); $i += 2 ) {
				$this->recompress( $this->getArg( 1 ), $this->getArg( $i ), explode( ' ', $this->getArg( $i + 1 ) ) );
			}
		}
	}

	private function recompress( $cluster, $class, $ids ) {
		$services = MediaWikiServices::getInstance();
		$object = new $class;
		$items = [];
		foreach ( $ids as $id ) {
			$items[$id] = $object->addItem( $services->getBlobStore()->getBlob( "tt:$id" ) );
		}
		$url = $services->getExternalStoreFactory()->getStore( 'DB' )->store( $cluster, serialize( $object ) );
		foreach ( $items as $id => $item ) {
			$this->getDB( DB_PRIMARY )->query(
				"UPDATE text SET old_flags = 'external,utf-8', old_text = '$url/$item' WHERE old_id = $id", __METHOD__ );
		}
	}

	private function read( $count, $odd ) {
		$rows = $this->getDB( DB_REPLICA )->query(
			'SELECT slot_revision_id, content_address FROM slots JOIN content ON content_id = slot_content_id', __METHOD__ );
		$addresses = [];
		foreach ( $rows as $row ) {
			$addresses[$row->slot_revision_id] = $row->content_address;
		}
		foreach ( array_chunk( array_keys( $addresses ), $count ) as $ids ) {
			$this->askApi( $ids, $addresses );
		}
		foreach ( $odd as $address ) {
			$this->askStore( $address );
		}
	}

	private function askApi( $ids, $addresses ) {
		$api = new ApiMain( new FauxRequest( [
			'action' => 'query', 'formatversion' => 2, 'prop' => 'revisions', 'revids' => implode( '|', $ids ),
			'rvprop' => 'ids|content', 'rvslots' => 'main'
		] ) );
		$api->execute();
		foreach ( $api->getResult()->getResultData( [ 'query', 'pages' ], [ 'Strip' => 'all' ] ) as $page ) {
			foreach ( $page['revisions'] as $revision ) {
				$id = $revision['revid'];
				$content = $revision['slots']['main']['content'] ?? null;
				if ( $content !== null ) {
					echo "revision $id {$addresses[$id]} ", base64_encode( $content ), "\n";
				}
			}
		}
	}

	private function askStore( $address ) {
		try {
			$text = MediaWikiServices::getInstance()->getBlobStore()->getBlob( $address );
		} catch ( Throwable $e ) {
			$text = null;
		}
		echo "address $address", is_string( $text ) ? ' ' . base64_encode( $text ) : '', "\n";
	}
}

$maintClass = StoredText::class;
require_once RUN_MAINTENANCE_IF_MAIN;
