# The documents name real files and functions: each `file: function` in doc/ and in
# the folders' README.md, each path in back quotes and each link.
cd "$TOP" || exit 1
docs=$(git ls-files 'doc/*.md' README.md '*/README.md' 2>/dev/null || find . -name '*.md')
for d in $docs; do
	bad=
	# `dir/file.c: function`
	for pair in $(grep -oE '`[a-z0-9/_-]+\.[chS]: [a-zA-Z_0-9]+`' "$d" | tr -d '` ' ); do
		file=${pair%%:*} name=${pair#*:}
		if [ ! -e "$file" ]; then
			case $file in */*) bad="$bad $file" ;; esac
		elif ! grep -qw -- "$name" "$file"; then
			bad="$bad $pair"
		fi
	done
	# [text](link), relative to the document
	for link in $(grep -oE '\]\([^)#:]+\)' "$d" | tr -d '])('); do
		[ -e "$(dirname "$d")/$link" ] || bad="$bad $link"
	done
	[ -z "$bad" ] && echo "ok $d" || echo "not ok $d:$bad"
done
# a comment that sends its reader to a test names one that is there
bad=
for pair in $(grep -rnoE 'tests/(unit|sys|guest|fuzz|l4|host|bench|rc|torture)/[a-z0-9_]+\.[a-z]+' \
    --include='*.[chS]' core servants hvm lib9 servers cmd sim examples tests | tr -d ' '); do
	[ -e "${pair##*:}" ] || bad="$bad $pair"
done
[ -z "$bad" ] && echo "ok tests_in_comments" || echo "not ok tests_in_comments:$bad"
