"""Database migrations, applied in order by `antigravity-proxy db upgrade` and at start."""
