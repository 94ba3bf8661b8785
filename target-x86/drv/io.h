/*
 * io.h - I/O ports and device memory, for the drivers of this folder. A thread that
 * touches a port for the first time gets it by a page fault (HVM gives CORE all
 * ports). tests/unit/ has its own io_* in place of io.c.
 */
#ifndef X86_DRV_IO_H
#define X86_DRV_IO_H
#include "lib9/plat.h"

uint8_t io_in8(uint16_t port);
uint16_t io_in16(uint16_t port);
uint32_t io_in32(uint16_t port);
void io_out8(uint16_t port, uint8_t v);
void io_out16(uint16_t port, uint16_t v);
void io_out32(uint16_t port, uint32_t v);
void io_ins16(uint16_t port, void *buf, size_t count);        /* count words */
void io_outs16(uint16_t port, const void *buf, size_t count);
/* Registers in memory: width 1, 2 or 4 bytes, naturally aligned. */
uint32_t mmio_get(const volatile void *p, int width);
void mmio_put(volatile void *p, int width, uint32_t v);
/* At least us microseconds; other threads run. */
void io_sleep(uint32_t us);
#endif
