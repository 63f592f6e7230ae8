"""What error pages look like that tell strangers about the inside: stack traces, debug pages, paths."""

from __future__ import annotations

import re
from collections.abc import Mapping

TRACES: Mapping[str, re.Pattern[bytes]] = {
    name: re.compile(pattern, re.MULTILINE)
    for name, pattern in {
        "python-traceback": rb"Traceback \(most recent call last\)",
        "django-debug": rb"<code>DEBUG = True</code>|Django Version:</th>|DEBUG = True</code>",
        "werkzeug-debugger": rb"Werkzeug Debugger|__debugger__",
        "java-stack": rb"^\s{0,20}at [\w$.]{3,200}\([\w$]{1,100}\.(?:java|kt|scala):[0-9]{1,6}\)",
        "java-exception": rb"\b(?:javax?|jakarta|org\.(?:springframework|apache))\.[\w.]{1,200}"
        rb"(?:Exception|Error)\b",
        "spring-whitelabel": rb"Whitelabel Error Page",
        "php-error": rb"(?:Fatal error|Parse error|Warning|Notice)</b>?: [^\n]{1,500} on line ",
        "php-stack": rb"^#[0-9]{1,3} [^\n]{1,300}\.php\([0-9]{1,6}\)",
        "laravel-debug": rb"Whoops, looks like something went wrong|laravel-ignition|Illuminate\\\\?[A-Z]",
        "symfony-debug": rb"Symfony Exception|symfony/[\w-]{1,40}/[\w/]{1,100}\.php|sf-toolbar",
        "rails-debug": rb"Action Controller: Exception caught|ActionController::\w{1,60}Error"
        rb"|<h1>Routing Error</h1>",
        "ruby-stack": rb"\.rb:[0-9]{1,6}:in [`']",
        "aspnet-error": rb"Server Error in '[^']{1,80}' Application|\[\w{1,80}Exception\b",
        "aspnet-debug": rb"An unhandled exception occurred while processing the request",
        "dotnet-stack": rb"^\s{0,20}at [\w.<>`]{3,200}\([^)\n]{0,300}\) in [^\n]{1,300}:line [0-9]{1,6}",
        "node-stack": rb"\bat (?:[\w.<> ]{1,100} \()?(?:/|file:///|node:)[^\s():]{1,300}:[0-9]{1,6}:[0-9]{1,6}\)?",
        "go-stack": rb"goroutine [0-9]{1,9} \[",
        "perl-error": rb" at [^\s]{1,200}\.p[lm] line [0-9]{1,6}\.",
        "sql-error": rb"You have an error in your SQL syntax|SQLSTATE\[|\bORA-[0-9]{5}\b"
        rb"|PG::[A-Z]\w{2,40}Error|unterminated quoted string at or near",
        "file-path": rb"(?:^|[\s\"'>(])(?:/(?:var/www|home|srv|usr/(?:local|share|src)|opt)/[\w.@-]{1,100}/"
        rb"|[A-Z]:\\\\?(?:inetpub|Users|Program Files)\\\\?)[^\s<\"']{1,300}\.\w{1,6}",
    }.items()
}
"""By name: what only those should see who run the server."""


def traces_in(body: bytes) -> tuple[str, ...]:
    """Name the signs that a body bears, in the order of the list."""
    return tuple(name for name, pattern in TRACES.items() if pattern.search(body))
