# tests/sys/bombs.sh, each bomb for ten seconds.
BOMB_MS=10000
. "$TOP/tests/sys/bombs.sh"
