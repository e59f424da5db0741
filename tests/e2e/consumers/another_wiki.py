"""The sandbox's wikis have other names than the consumers' rules."""

import urllib.parse


def as_wiki(value, wiki, api_url, dbname):
    """The event as if it were of another wiki: its name, and its server in URLs."""
    name, domain = wiki
    server, host = api_url[:-len("/api.php")], urllib.parse.urlparse(api_url).hostname

    def change(node, key=None):
        if isinstance(node, dict):
            return {k: change(item, k) for k, item in node.items()}
        if isinstance(node, list):
            return [change(item) for item in node]
        if key in ("domain", "server_name") and node == host:
            return domain
        if key in ("wiki_id", "database", "wiki") and node == dbname:
            return name
        return "https://" + domain + node[len(server):] if isinstance(node, str) and node.startswith(server) else node
    return change(value)
