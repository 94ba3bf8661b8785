# Random trees on FAT disks, changed at random: seeds that are always the same, and
# a new one each time.  FIRST=n SEEDS=n make trees: as many as you like.
. "$TOP/tests/sys/lib.sh"
perl "$TOP/tests/torture/trees.pl" "$LP49" ${SEEDS:-3 7 12 16 22 $(($(date +%s) % 1000000))}
same nothing_left_behind "" "$(left_behind)"
