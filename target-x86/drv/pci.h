/*
 * pci.h - PCI functions, for the drivers of this folder.
 */
#ifndef X86_DRV_PCI_H
#define X86_DRV_PCI_H
#include "target-x86/drv/io.h"

enum {
	PCI_ID = 0x00, PCI_COMMAND = 0x04, PCI_STATUS = 0x06, PCI_CLASS = 0x08, PCI_HEADER = 0x0E,
	PCI_BAR = 0x10, PCI_SECONDARY = 0x19, PCI_SUBSYSTEM = 0x2E, PCI_CAPS = 0x34, PCI_IRQ = 0x3C,
	PCI_IO = 1, PCI_MEM = 2, PCI_MASTER = 4, PCI_NO_INTX = 0x400, PCI_HAS_CAPS = 0x10,
};
/* width 1, 2, 4; off a multiple of it, below 256 */
uint32_t pci_get(const PlatPci *p, size_t off, int width);
void pci_put(const PlatPci *p, size_t off, int width, uint32_t v);
/* Capability number nth (from 0) of that id: its place in configuration space, 0: none. */
uint8_t pci_cap(const PlatPci *p, uint8_t id, int nth);
/* n bytes at off of memory register `bar`, mapped; -Enonexist: it has no such bytes. */
int pci_map(const PlatPci *p, int bar, uint32_t off, uint32_t n, volatile uint8_t **va);
/* Switches decoding, DMA and the interrupt line of the function on. */
void pci_enable(const PlatPci *p);
#endif
