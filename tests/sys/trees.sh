# Random trees on FAT disks, changed at random, and damaged disks: seeds that are
# always the same, and a new one each time.  FIRST=n SEEDS=n make trees: more of them.
. "$TOP/tests/sys/lib.sh"
new=$(($(date +%s) % 1000000))
perl "$TOP/tests/torture/trees.pl" "$LP49" ${SEEDS:-3 7 12 16 22 $new}
perl "$TOP/tests/torture/damage.pl" "$LP49" ${SEEDS:-1 2 3 $new}
same nothing_left_behind "" "$(left_behind)"
