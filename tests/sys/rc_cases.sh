# The shell's language, case by case (tests/rc/cases.pl), and random scripts whose
# output another rc has said: plan9port's of Debian's package 9base, if it is there.
. "$TOP/tests/sys/lib.sh"
files=$(ls "$TOP"/tests/rc/*.cases "$TOP"/tests/rc/lp49/*.cases)
on_qemu && files="$TOP/tests/rc/commands.cases $TOP/tests/rc/fn.cases" # the others take minutes
perl "$TOP/tests/rc/cases.pl" "$LP49 $LP49FLAGS" $files
other=/usr/lib/plan9/bin/rc
if on_qemu; then
	skip random_scripts "too slow"
elif [ ! -x $other ]; then
	skip random_scripts "no $other to compare with"
else
	for seed in 1 2; do
		perl "$TOP/tests/rc/random.pl" $other $seed 30 >"seed$seed.cases"
		perl "$TOP/tests/rc/cases.pl" "$LP49 $LP49FLAGS" "seed$seed.cases"
	done
fi
