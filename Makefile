# Makefile - the only rules file. A .c file is built because it is in its folder:
#   lib9/*.c           the portable library, in every build
#   lib9/free/*.c      what libc gives on the host, in the freestanding builds
#   lib9/task/*.c      a program's start and end, freestanding
#   lib9/sys/*.c       system-call stubs and what needs them, for programs
#   cmd/X.c cmd/X/*.c  program X (cmd/X.rc: a script);  servers/X/*.c  server X
#   examples/X.c       program X in /bin/examples;  tests/guest/X.c in /bin/tests
#   tests/unit/X.c     a unit test;  tests/sys/X.sh  a whole-system test
# Builds: host (unit tests, sanitizers on), sim (freestanding, for lp49sim), and
# x86 (freestanding, for the PC: target-x86/rules.mk).
comma   := ,
Q       := $(if $(V),,@)# make V=1 shows the commands
say      = @$(if $(V),:,printf '%-5s %s\n' $1 $@)
B       ?= build
VERSION := 0.1
CC      := gcc
HOSTCC  ?= $(CC)
H       := $B/host
S       := $B/sim
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wundef \
	-Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wvla -Wformat=2 \
	-Wno-format-nonliteral $(if $(CI),-Werror)
SAN     ?= -fsanitize=address,undefined -fno-sanitize-recover=all
HOSTF   := -std=c11 -D_GNU_SOURCE -O1 -g -I. -Itests/host -Isim/user $(WARN) $(SAN)
FREEINC = -nostdinc -isystem $(GCC_INCLUDE)
SIMF    = -std=c11 -O2 -g -ffreestanding $(FREEINC) -I. -Ilib9/free -Isim/user $(WARN) \
	-fno-pic -fno-stack-protector -mno-red-zone -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections
SIMLD   := -nostdlib -static -no-pie -Wl,--gc-sections,-z,noexecstack,-z,norelro,-z,max-page-size=4096,--build-id=none
# the simulator itself is a Linux program
LINUXF  := -std=c11 -D_GNU_SOURCE -DLP49_VERSION='"$(VERSION)"' -O2 -g -I. $(WARN)

LIB_C   := $(wildcard lib9/*.c)
FREE_C  := $(LIB_C) $(wildcard lib9/free/*.c lib9/task/*.c sim/user/*.c)
FREE_S  := $(wildcard sim/user/*.S)
PROG_C  := $(wildcard lib9/sys/*.c) hvm/client.c
# SERVANTS=X.c: more servants for CORE, each a file with servant_X (doc/servant.md)
MORE_C  := $(if $(SERVANTS),$B/more.c $(SERVANTS),servants/more.c)
CORE0_C := $(filter-out servants/more.c,$(wildcard core/*.c servants/*.c)) $(MORE_C) hvm/client.c
CORE_C  := $(CORE0_C) $(wildcard sim/drv/*.c)
HVM_C   := $(filter-out hvm/client.c,$(wildcard hvm/*.c)) $(wildcard sim/drv/*.c)
SIGMA_C := $(wildcard hvm/sigma0/*.c)
KERN_C  := $(wildcard sim/kern/*.c)
KERN_S  := $(wildcard sim/kern/*.S)
SLIRP   := $(wildcard /usr/include/slirp/libslirp.h)# --net user
LP49_C  := $(filter-out sim/host/net_$(if $(SLIRP),no)user.c,$(wildcard sim/host/*.c))
LP49_L  := $(if $(SLIRP),-lslirp) -luv -lpthread
LINUX9_C:= $(LIB_C) tests/host/uthread.c
U9FS_C  := $(wildcard sim/u9fs/*.c)
ifeq (,$(filter -j%,$(MAKEFLAGS)))
MAKEFLAGS += -j$(shell nproc)
endif
MULTI   := $(patsubst %/,%,$(wildcard cmd/*/ servers/*/))
SINGLE  := $(basename $(wildcard cmd/*.c))
SCRIPTS := $(wildcard cmd/*.rc)
PAGES   := $(wildcard man/[1-9]/* man/help/*)
TEXTS   = $(SCRIPTS) $(PAGES)
# what is the same in the root archives of all machines
TEXTARG = $(foreach f,$(SCRIPTS),/bin/$(notdir $(basename $f))=$f) $(foreach f,$(PAGES),/sys/$f=$f)
EXTRA   := $(basename $(wildcard examples/*.c tests/guest/*.c))
L4TESTS := $(filter-out %/x86.c,$(wildcard tests/l4/*.c)) # x86.c: target-x86/rules.mk's
UNIT_C  := $(wildcard tests/unit/*.c)
FUZZ_C  := $(wildcard tests/fuzz/*.c)
HOST_C  := $(LIB_C) $(wildcard tests/host/*.c) $(filter-out %/main.c %/boot.c %/symbol.c %/client.c,$(wildcard hvm/*.c)) \
	$(filter-out %/main.c,$(wildcard servers/*/*.c cmd/rc/*.c sim/u9fs/*.c))

BIN     := $(MULTI:%=$S/%.elf) $(SINGLE:%=$S/%.elf)
BOOT    := $(addprefix $B/boot/,sigma0 hvm core root)

all: $B/lp49sim $B/u9fs $B/lp49.gdb $(BOOT)				## the simulator and its boot files

# Tools: installed when they are missing, before anything is built. Made anew
# only when it is gone: it also tells where the compiler's own headers are.
ifeq (,$(filter help clean,$(MAKECMDGOALS)))
include $B/tools.mk
endif
$B/tools.mk: tests/tools.sh
	@mkdir -p $(@D)
	@tests/tools.sh gcc=gcc libc6-dev=/usr/include/stdio.h libuv1-dev=/usr/include/uv.h \
		dosfstools=mkfs.fat mtools=mcopy
	@tests/tools.sh libslirp-dev=/usr/include/slirp/libslirp.h || echo "LP49 is built without --net user"
	@echo "GCC_INCLUDE := $$($(CC) -print-file-name=include)" >$@
$B/check-tools: tests/tools.sh
	@tests/tools.sh check=/usr/include/check.h libsubunit-dev=/usr/include/subunit perl=perl patch=patch 9base=/usr/lib/plan9/bin/ed fdisk=/sbin/sfdisk
	@tests/tools.sh tcpdump=tcpdump || true # tests/sys/net.sh skips what it is for
	@tests/tools.sh tmux=tmux || true # as tests/sys/edit.sh does
	@tests/tools.sh mandoc=mandoc || true # tests/sys/man.sh compares with it where it is
	@touch $@

# which servants CORE was linked with last, what was in the root archive: it changes when a source is gone
ifeq (,$(filter help clean,$(MAKECMDGOALS)))
$(shell mkdir -p $B; echo '$(SERVANTS)' | cmp -s - $B/servants || echo '$(SERVANTS)' >$B/servants)
$(shell echo '$(BIN) $(EXTRA) $(TEXTS)' | cmp -s - $B/rootlist || echo '$(BIN) $(EXTRA) $(TEXTS)' >$B/rootlist)
endif
$B/more.c: $B/servants
	@{ echo '#include "servants/servants.h"'; \
	printf 'extern const Servant servant_%s;\n' $(notdir $(basename $(SERVANTS))); \
	echo 'const Servant *const servants_more[] = {'; \
	printf '&servant_%s, ' $(notdir $(basename $(SERVANTS))); echo 'NULL };'; } >$@

# ---- sim: programs of LP49 ----
$S/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(SIMF) -MMD -MP -c $< -o $@
$S/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(SIMF) -MMD -MP -c $< -o $@
$S/libfree.a: $(FREE_C:%.c=$S/%.o) $(FREE_S:%.S=$S/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$S/libprog.a: $(PROG_C:%.c=$S/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
# -u exits: a program's end is lib9/sys's, not the bare one of lib9/task
LINK = $(CC) $(SIMLD) $(if $(filter %/libprog.a,$^),-Wl$(comma)-u$(comma)exits) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -lgcc
define multi
$S/$1.elf: $(patsubst %.c,$S/%.o,$(wildcard $1/*.c)) $S/libprog.a $S/libfree.a
	$$(call say,LD)
	$$(Q)$$(LINK)
endef
$(foreach d,$(MULTI),$(eval $(call multi,$d)))
$(SINGLE:%=$S/%.elf) $(EXTRA:%=$S/%.elf): $S/%.elf: $S/%.o $S/libprog.a $S/libfree.a
	$(call say,LD)
	$(Q)$(LINK)
$S/core.elf: $(CORE_C:%.c=$S/%.o) $S/libfree.a $B/servants
	$(call say,LD)
	$(Q)$(LINK)
$S/hvm.elf: $(HVM_C:%.c=$S/%.o) $S/libfree.a
	$(call say,LD)
	$(Q)$(LINK)
$S/sigma0.elf: SIMLD += -Wl,-Ttext-segment=0x100000
$S/sigma0.elf: $(SIGMA_C:%.c=$S/%.o) $S/libfree.a
	$(call say,LD)
	$(Q)$(LINK)
$B/l4suite.elf: $(L4TESTS:%.c=$S/%.o) $S/libfree.a
	$(call say,LD)
	$(Q)$(LINK)
$B/boot/%: $S/%.elf
	@mkdir -p $(@D)
	$(call say,STRIP)
	$(Q)objcopy --strip-debug $< $@
$B/boot/root: $B/mkroot $B/rootlist $(BIN) $(EXTRA:%=$S/%.elf) $(TEXTS)
	@mkdir -p $(@D)
	$(call say,ROOT)
	$(Q)$B/mkroot $@ $(foreach f,$(BIN),/bin/$(notdir $(basename $f))=$f) \
		$(foreach f,$(EXTRA),/bin/$(if $(filter tests/%,$f),tests,examples)/$(notdir $f)=$S/$f.elf) $(TEXTARG)

# ---- sim: the Linux side ----
KERNF   = -std=c11 -O2 -g -ffreestanding $(FREEINC) -I. -Ilib9/free $(WARN) -fpie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
$B/kern/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(KERNF) -MMD -MP -c $< -o $@
$B/kern/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(KERNF) -MMD -MP -c $< -o $@
$B/boot/space: $(KERN_C:%.c=$B/kern/%.o) $(KERN_S:%.S=$B/kern/%.o) sim/kern/space.ld
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,-T,sim/kern/space.ld,-z,noexecstack,--build-id=none -o $@ $(filter %.o,$^)
$B/linux/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(LINUXF) -MMD -MP -c $< -o $@
$B/linux/sim/host/%.o $B/linux/target-x86/host/%.o: LINUXF += -Itests/host
# the kernel's files that the device model shares are those named sim/kern/k_*.c
$B/lp49sim: $(filter-out %/mkroot.o,$(LP49_C:%.c=$B/linux/%.o)) $(patsubst %.c,$B/linux/%.o,$(wildcard sim/kern/k_*.c)) $B/linux-lib9.a | $B/boot/space
	$(call say,LD)
	$(Q)$(CC) -o $@ $^ $(LP49_L)
# lib9 for Linux programs: u9fs is one over its server library, lp49sim's trace is text of it
$B/linux-lib9/%.o: LINUXF += -Itests/host -Isim/user
$B/linux-lib9/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(LINUXF) -MMD -MP -c $< -o $@
$B/linux-lib9.a: $(LINUX9_C:%.c=$B/linux-lib9/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$B/u9fs: $(U9FS_C:%.c=$B/linux-lib9/%.o) $B/linux-lib9.a
	$(call say,LD)
	$(Q)$(CC) -o $@ $^
$B/lp49.gdb: sim/host/lp49.gdb target-x86/host/target.gdb core/core.gdb
	cat $^ >$@
$B/mkroot: $B/linux/sim/host/mkroot.o
	$(call say,LD)
	$(Q)$(CC) -o $@ $^

# ---- host: unit tests ----
$H/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(HOSTCC) $(HOSTF) -MMD -MP -c $< -o $@
$H/liblp49.a: $(HOST_C:%.c=$H/%.o)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$H/tests/unit/%: $H/tests/unit/%.o $H/liblp49.a
	$(call say,LD)
	$(Q)$(HOSTCC) $(SAN) -pthread $^ -lcheck -lsubunit -lm -lrt -o $@
$(UNIT_C:%.c=$H/%.o): | $B/check-tools
FUZZ := $(patsubst %.c,$H/%,$(filter-out %/replay.c,$(FUZZ_C)))
$(FUZZ): $H/tests/fuzz/%: $H/tests/fuzz/%.o $H/tests/fuzz/replay.o $H/liblp49.a
	$(call say,LD)
	$(Q)$(HOSTCC) $(SAN) -pthread $^ -o $@
unit: $(UNIT_C:%.c=$H/%)			## build and run the unit tests
	@for t in $^; do $$t || exit 1; done

# ---- x86: the real boot image ----
include target-x86/rules.mk

# ---- use ----
# a FAT disk with something to look at, made by others' tools
$B/disk.img: doc/disk/README.TXT
	rm -f $@.new
	mkfs.fat -C -n LP49 $@.new 32768 >/dev/null
	MTOOLS_SKIP_CHECK=1 mcopy -i $@.new -s doc/disk/* ::
	mv $@.new $@
run: all $B/disk.img				## build all and start LP49 with a FAT disk
	@$B/lp49sim --disk $B/disk.img

SYS := $(filter-out %/lib.sh,$(sort $(wildcard tests/sys/*.sh)))
CHECK   := $(or $(TARGET:%=check-%),check-host check-sim check-x86)
check-host: $(UNIT_C:%.c=$H/%) $(FUZZ)
check-sim: all $B/check-tools $(if $(L4TESTS),$B/l4suite.elf)
check-x86: all x86 image $B/check-tools $B/check-x86-tools
check: $(CHECK)					## every test; TARGET=host, sim or x86 alone
	@tests/run.sh $(subst $() ,$(comma),$(CHECK:check-%=%)) $B $(SYS)

$B/bench/base: $B/linux/tests/bench/base.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -o $@ $^
ifeq ($(TARGET),x86)
bench: all x86 $X/ipcbench $B/qemu-tools
	@sh tests/bench/x86.sh $B
else
bench: all $B/bench/base			## what each layer costs beside bare Linux, TARGET=x86: in QEMU; a table, bench.json
	@tests/bench/bench.sh $B
endif

torture: all					## hostile programs and kill storms: load, not part of the check
	@tests/run.sh sim $B $(sort $(wildcard tests/torture/*.sh))
# FIRST=n: seeds from n on
SEEDS_OF = $(shell seq $(or $(FIRST),1) $$(($(or $(FIRST),1) + $(or $(SEEDS),100) - 1)))
trees: all $B/check-tools				## SEEDS=n random FAT trees, changed, compared; and damaged ones
	@mkdir -p $B/trees
	@cd $B/trees && for s in trees damage; do \
		perl $(CURDIR)/tests/torture/$$s.pl $(or $(LP49),$(abspath $B)/lp49sim) $(SEEDS_OF) || exit 1; done

# the manual for a browser; what a page is stands behind .SH NAME
$B/man/%.html: man/% | $B/check-html
	@mkdir -p $(@D)
	$(Q)mandoc -T html -O man=../%S/%N.html $< >$@
$B/man/index.html: $(PAGES:man/%=$B/man/%.html)
	$(Q)for p in $(PAGES:man/%=%); do \
		echo "<a href=\"$$p.html\">$$p</a> $$(sed -n '/^.SH NAME/{n;s/.*\\- //p;}' man/$$p)<br>"; done >$@
html: $B/man/index.html		## the manual as web pages, build/man/index.html
$B/check-html: tests/tools.sh
	@tests/tools.sh mandoc=mandoc
	@touch $@

help:						## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' Makefile target-x86/rules.mk
clean:						## remove what was built
	rm -rf $B
.PHONY: all html unit run check check-host check-sim check-x86 trees bench help clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
