#!/bin/sh
# tests/tools.sh - install what a build or a check needs and the machine lacks.
# usage: tools.sh PACKAGE=PROOF ...   PROOF: a command, or the path of a file
# One line names the packages that are installed; where that can't be done it
# says what to install and stops.
missing=
for pair; do
	package=${pair%%=*} proof=${pair#*=}
	case $proof in
	/*) set -- $proof; [ -e "$1" ] && continue ;;
	*) command -v "$proof" >/dev/null 2>&1 && continue ;;
	esac
	missing="$missing $package"
done
[ -z "$missing" ] && exit 0
sudo=
if [ "$(id -u)" != 0 ]; then
	sudo="sudo -n"
	if ! sudo -n true 2>/dev/null; then
		echo "LP49 needs these packages:$missing. Install them as root: apt-get install$missing" >&2
		exit 1
	fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "LP49 needs what Debian calls:$missing. Install these with your system's package manager." >&2
	exit 1
fi
# make starts several of us at the same time; apt-get takes one
exec 9<"$0"
flock 9
echo "installing packages that LP49 needs:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $sudo apt-get update && DEBIAN_FRONTEND=noninteractive \
	$sudo apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
	tail -n 5 "$log" >&2
	echo "apt-get failed; install these packages and try again:$missing" >&2
	exit 1
fi
