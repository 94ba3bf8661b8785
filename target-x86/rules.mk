# target-x86/rules.mk - the real boot image, for 32-bit x86. Included by the Makefile;
# nothing of it is built by plain "make". The same sources as the simulator's, with
#   target-x86/user/*.{c,S}    in place of sim/user: in every program
#   target-x86/drv/*.{c,S}     in place of sim/drv: in CORE; HVM takes from it what it
#                              needs (plat_poweroff), so files there are small
#   target-x86/loader/*.{c,S}  the multiboot program that starts the kernel
#   target-x86/kernel/*.{c,S}  the micro-kernel
#   target-x86/plain/plain.c   plain text on a screen: in all of them
# 64-bit division is libgcc's: the compiler's own, so that it fits its calls.
X      := $B/x86
XMACH  := -m32 -march=i686 -mno-mmx -mno-sse -fcf-protection=none
XFREE   = -std=c11 -O2 -g -ffreestanding $(FREEINC) $(WARN) $(XMACH) -fno-pic \
	-fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
XUSERF  = $(XFREE) -I. -Ilib9/free -Itarget-x86/user
XLD    := -m32 -nostdlib -static -no-pie -Wl,-Ttext-segment=0x400000,--gc-sections,-z,noexecstack,-z,norelro,-z,max-page-size=4096,--build-id=none,--no-warn-rwx-segments
XGCC   := $$($(CC) -m32 -print-libgcc-file-name)
$X/tools.mk: tests/tools.sh | $B/tools.mk
	@mkdir -p $(@D)
	@tests/tools.sh gcc-multilib=/usr/lib/gcc/x86_64-linux-gnu/$$($(CC) -dumpversion)/32/libgcc.a \
		fonts-spleen=/usr/share/consolefonts/spleen-8x16.psfu.gz
	@touch $@
XGOALS  := $(filter x86% qemu% image check-x86 $X/%,$(MAKECMDGOALS)) \
	$(if $(filter check,$(MAKECMDGOALS)),$(filter x86,$(or $(TARGET),x86))) \
	$(if $(filter bench,$(MAKECMDGOALS)),$(filter x86,$(TARGET)))
ifneq (,$(strip $(XGOALS)))
include $X/tools.mk
endif

# ---- programs ----
XFREE_O := $(patsubst %,$X/%.o,$(basename $(LIB_C) $(wildcard lib9/free/*.c lib9/task/*.c) $(wildcard target-x86/user/*.[cS])))
XDRV_O  := $(patsubst %,$X/%.o,$(basename $(wildcard target-x86/drv/*.[cS])))
XPLAIN_O := $X/target-x86/plain/plain.o $X/font.o
XCORE_O := $(patsubst %.c,$X/%.o,$(CORE0_C))
XHVM_O  := $(patsubst %.c,$X/%.o,$(filter-out hvm/client.c,$(wildcard hvm/*.c)))
XBIN    := $(MULTI:%=$X/%.elf) $(SINGLE:%=$X/%.elf)
XBOOT   := $(addprefix $X/boot/,loader sigma0 hvm core root)
$X/%.o: %.c Makefile target-x86/rules.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(XUSERF) -MMD -MP -c $< -o $@
$X/%.o: %.S Makefile target-x86/rules.mk
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(XUSERF) -MMD -MP -c $< -o $@
$X/libfree.a: $(XFREE_O)
$X/libprog.a: $(PROG_C:%.c=$X/%.o)
$X/libdrv.a: $(XDRV_O) $(XPLAIN_O)
$X/lib%.a:
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
XLINK = $(CC) $(XLD) $(if $(filter %/libprog.a,$^),-Wl$(comma)-u$(comma)exits) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(XGCC)
define xmulti
$X/$1.elf: $(patsubst %.c,$X/%.o,$(wildcard $1/*.c)) $X/libprog.a $X/libfree.a
	$$(call say,LD)
	$$(Q)$$(XLINK)
endef
$(foreach d,$(MULTI),$(eval $(call xmulti,$d)))
$(SINGLE:%=$X/%.elf) $(EXTRA:%=$X/%.elf): $X/%.elf: $X/%.o $X/libprog.a $X/libfree.a
	$(call say,LD)
	$(Q)$(XLINK)
$X/core.elf: $(XCORE_O) $(XDRV_O) $(XPLAIN_O) $X/libfree.a $B/servants
	$(call say,LD)
	$(Q)$(XLINK)
# the root task lies where neither a kernel at 1 MiB nor sigma0 is
$X/hvm.elf: XLD += -Wl,-Ttext-segment=0x600000
$X/hvm.elf: $(XHVM_O) $X/libdrv.a $X/libfree.a
	$(call say,LD)
	$(Q)$(XLINK)
# the X.2 suite, a root task too
$X/l4suite: XLD += -Wl,-Ttext-segment=0x600000
$X/l4suite: $(patsubst %.c,$X/%.o,$(filter-out %/sim.c,$(wildcard tests/l4/*.c))) $X/libdrv.a $X/libfree.a
	$(call say,LD)
	$(Q)$(XLINK)
# other root tasks: tests/x86/X.c, with the suite's helpers
XROOT_O := $(patsubst %,$X/%.o,tests/l4/help tests/l4/x86)
XROOTS  := $(patsubst tests/x86/%.c,$X/%,$(wildcard tests/x86/*.c))
$(XROOTS): XLD += -Wl,-Ttext-segment=0x600000
$(XROOTS): $X/%: $X/tests/x86/%.o $(XROOT_O) $X/libdrv.a $X/libfree.a
	$(call say,LD)
	$(Q)$(XLINK)
$X/sigma0.elf: XLD += -Wl,-Ttext-segment=0x400000
$X/sigma0.elf: $(SIGMA_C:%.c=$X/%.o) $X/libfree.a
	$(call say,LD)
	$(Q)$(XLINK)
$X/boot/%: $X/%.elf
	@mkdir -p $(@D)
	$(call say,STRIP)
	$(Q)objcopy --strip-debug $< $@
$X/boot/root: $B/mkroot $B/rootlist $(XBIN) $(EXTRA:%=$X/%.elf) $(TEXTS)
	@mkdir -p $(@D)
	$(call say,ROOT)
	$(Q)$B/mkroot $@ $(foreach f,$(XBIN),/bin/$(notdir $(basename $f))=$f) \
		$(foreach f,$(EXTRA),/bin/$(if $(filter tests/%,$f),tests,examples)/$(notdir $f)=$X/$f.elf) $(TEXTARG)

# ---- plain text: code that the oldest processor and the kernel can run; its font ----
$(XPLAIN_O): XUSERF = $(XFREE) -I. -march=i486 -mgeneral-regs-only -fno-tree-loop-distribute-patterns
$B/mkfont: $B/linux/target-x86/plain/mkfont.o
	$(call say,LD)
	$(Q)$(CC) -o $@ $^
FONT := /usr/share/consolefonts/spleen-8x16.psfu.gz
$X/font.c: $B/mkfont $X/tools.mk
	$(call say,FONT)
	$(Q)gzip -dc $(FONT) | $B/mkfont >$@
$X/font.o: $X/font.c Makefile target-x86/rules.mk
	$(call say,CC)
	$(Q)$(CC) $(XUSERF) -c $< -o $@

# ---- loader: freestanding, without lib9; an old processor must be able to run it ----
XLOAD_O := $(patsubst %,$X/%.o,$(basename $(wildcard target-x86/loader/*.[cS])))
$X/target-x86/loader/%.o: XUSERF = $(XFREE) -I. -Ilib9/free -Itarget-x86/user -march=i486 -fno-tree-loop-distribute-patterns
$X/loader.elf $X/loader-image.elf: $(XLOAD_O) $(XPLAIN_O) target-x86/loader/loader.ld
	$(call say,LD)
	$(Q)$(CC) $(XLD) -Wl,-T,target-x86/loader/loader.ld -o $@ $(filter %.o,$^) $(XGCC)
# GRUB is to say what screen there is; "qemu -kernel" knows none
$X/loader-image.elf: XLD += -Wl,--defsym=header_flags=7

# ---- kernel ----
# (the micro-kernel's flags, link and products: $X/kernel.elf)
XKERN_O := $(patsubst %,$X/%.o,$(basename $(wildcard target-x86/kernel/*.[cS])))
$X/target-x86/kernel/%.o: XUSERF = $(XFREE) -I. -Ilib9/free -mgeneral-regs-only
$X/kernel.elf: $(XKERN_O) $(XPLAIN_O) $(wildcard target-x86/kernel/kernel.ld)
	$(call say,LD)
	$(Q)$(CC) $(XLD) $(patsubst %,-Wl$(comma)-T$(comma)%,$(filter %.ld,$^)) -o $@ $(filter %.o,$^) $(XGCC)

x86: $(if $(XKERN_O),$X/kernel.elf) $(XBOOT) $X/l4suite $(XROOTS)	## the boot image's parts for 32-bit x86
.PHONY: x86

# ---- lp49qemu: lp49sim's command line for the boot image ----
$B/lp49qemu: $(patsubst %.c,$B/linux/%.o,$(wildcard target-x86/host/*.c sim/host/trace*.c)) \
	$B/linux/sim/host/options.o $B/linux/sim/host/u9fs.o $B/linux-lib9.a $(patsubst %.c,$B/linux/%.o,$(filter-out %/net.c,$(filter sim/host/net%,$(LP49_C)))) | $B/u9fs
	$(call say,LD)
	$(Q)$(CC) -o $@ $^ $(LP49_L)
x86: $B/lp49qemu

# ---- use ----
# L4KERNEL=, SIGMA0=, LOADER=: others in place of ours; QEMU=: more of its options
XOTHER  = $(if $(L4KERNEL),--kernel $(L4KERNEL)) $(if $(SIGMA0),--sigma0 $(SIGMA0)) \
	$(if $(LOADER),--loader $(LOADER)) $(if $(QEMU),--qemu '$(QEMU)')
$B/qemu-tools: tests/tools.sh
	@tests/tools.sh qemu-system-x86=qemu-system-i386
	@touch $@
$B/check-x86-tools: tests/tools.sh | $B/qemu-tools
	@tests/tools.sh ovmf=/usr/share/ovmf/OVMF.fd ovmf-ia32=/usr/share/OVMF/OVMF32_VARS_4M.fd
	@touch $@
$X/image-tools: tests/tools.sh
	@tests/tools.sh grub-common=grub-mkrescue grub-pc-bin=/usr/lib/grub/i386-pc/multiboot.mod \
		grub-efi-amd64-bin=/usr/lib/grub/x86_64-efi/multiboot.mod \
		grub-efi-ia32-bin=/usr/lib/grub/i386-efi/multiboot.mod xorriso=xorriso mtools=mformat
	@touch $@
qemu: x86 $B/disk.img $B/qemu-tools		## the boot image in QEMU, serial port on the terminal; ^A x leaves
	@$B/lp49qemu --disk $B/disk.img $(XOTHER)
qemu-gdb: x86 $B/disk.img $B/qemu-tools		## the same, waiting for gdb on tcp:localhost:1234
	@$B/lp49qemu --gdb --disk $B/disk.img $(XOTHER)
# A hybrid: the same bytes are a CD and, written to it from the first on, a USB stick
$B/lp49.iso: $X/image-tools $(XBOOT) $X/boot/loader-image $(or $(L4KERNEL),$X/kernel.elf) target-x86/grub.cfg
	rm -rf $X/iso && mkdir -p $X/iso/boot/grub
	cp $(or $(LOADER),$X/boot/loader-image) $X/iso/boot/loader
	cp $(or $(SIGMA0),$X/boot/sigma0) $X/iso/boot/sigma0
	objcopy --strip-debug $(or $(L4KERNEL),$X/kernel.elf) $X/iso/boot/kernel
	cp $X/boot/hvm $X/boot/core $X/boot/root $X/iso/boot
	cp target-x86/grub.cfg $X/iso/boot/grub
	cp /usr/share/doc/fonts-spleen/copyright $X/iso/boot/font.txt
	grub-mkrescue -o $@ $X/iso >$X/mkrescue.log 2>&1 || { tail -n 5 $X/mkrescue.log >&2; exit 1; }
$B/lp49.img: $B/lp49.iso
	cp $< $@
image: $B/lp49.iso $B/lp49.img			## build/lp49.iso and lp49.img: a bootable CD and USB stick, BIOS and UEFI
.PHONY: qemu qemu-gdb image
