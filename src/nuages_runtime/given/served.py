"""What the platform's proxy keeps to, and a container that has none before it: how collected files
and uploads are shown, and what strangers may not say of themselves."""

# Names as Django's ManifestStaticFilesStorage makes them: name.<12 hex digits>.ext. Twelve
# decimal digits are more likely a time stamp, and such a file may change under its name.
HASHED = r"\.[0-9a-f]{12}(\.[^./]+)?$"
STAMPED = r"\.[0-9]{12}(\.[^./]+)?$"
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"

# Uploads come from strangers: no script in them may run with the site's own rights. Only what
# runs script is named, because Chrome's PDF viewer is itself an embedded object.
UPLOAD_HEADERS = {
    "Cache-Control": REVALIDATE,
    "Content-Security-Policy": "script-src 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
}

# What applications believe about the request when a proxy says it. Caddy writes X-Forwarded-For,
# -Proto and -Host anew after this; it drops names with an underscore or a dot by itself. A star
# stands for any end.
SPOOFABLE = (
    "X-Forwarded*",
    "Forwarded*",
    "X-Real-Ip",
    "X-Client-Ip",
    "X-Cluster-Client-Ip",
    "X-Remote-Addr",
    "True-Client-Ip",
    "Client-Ip",
    "Cf-Connecting-Ip",
    "Fastly-Client-Ip",
    "X-Original-*",
    "X-Rewrite-Url",
    "X-Script-Name",
    "Script-Name",
    "X-Scheme",
    "X-Url-Scheme",
    "Front-End-Https",
    "X-Arr-Ssl",
    "Remote-User",
    "X-Remote-User",
    "Proxy",
)
