"""How long tests wait for what must come: long, because a machine that stands still for a while proves nothing."""

PATIENCE_S = 60.0
PATIENCE_MS = PATIENCE_S * 1000
