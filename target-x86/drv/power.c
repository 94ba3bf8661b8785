/*
 * power.c - the end of the machine. HVM is linked with this file too: it needs
 * nothing but ports.
 * Under QEMU, which its firmware interface tells by a signature, a device
 * "isa-debug-exit" at port 0x501 makes QEMU exit with 2 * (status + 16) + 1; without
 * one the ACPI power button's register ends it. On a machine whose ACPI tables we
 * can't ask we say that it may be switched off.
 * SEE     QEMU docs/specs/fw_cfg, isa-debug-exit
 */
#include "target-x86/drv/io.h"

enum {
	FWCFG_SELECT = 0x510, FWCFG_DATA = 0x511,
	DEBUG_EXIT = 0x501, EXIT_BASE = 16,
	PM1A_CONTROL = 0x604, SLEEP_S5 = 0x2000, /* QEMU: SLP_EN, type 0 */
	KBD_COMMAND = 0x64, KBD_RESET = 0xFE, RESET_CONTROL = 0xCF9,
};

static bool
is_qemu(void)
{
	static const char sig[] = "QEMU";

	io_out16(FWCFG_SELECT, 0);
	for (size_t i = 0; i < 4; i++)
		if (io_in8(FWCFG_DATA) != (uint8_t)sig[i])
			return false;
	return true;
}

NORETURN void
plat_poweroff(int status)
{
	if (is_qemu()) {
		io_out32(DEBUG_EXIT, (uint32_t)(status & 0xFF) + EXIT_BASE);
		io_out16(PM1A_CONTROL, SLEEP_S5);
	}
	plat_debug_puts("\nThe system has stopped. The machine may be switched off.\n");
	for (;;)
		L4_Sleep(L4_Never);
}

/* The reset register of PCI chip sets, then the keyboard controller's line. */
NORETURN void
plat_reboot(void)
{
	io_out8(RESET_CONTROL, 0x02);
	io_out8(RESET_CONTROL, 0x06);
	for (;;) {
		io_out8(KBD_COMMAND, KBD_RESET);
		L4_Sleep(L4_TimePeriod(100000));
	}
}
