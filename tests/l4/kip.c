/*
 * tests/l4/kip.c - the kernel interface page, ids, the clock, sigma0.
 * SEE X.2 manual, chapters 1.1, 2.1, 2.5, sigma0
 */
#include "tests/l4/l4test.h"

static void
kernel_interface_gives_the_page(void)
{
	L4_Word_t v, f, id;
	const L4_KernelInterfacePage_t *k = L4_KernelInterface(&v, &f, &id);

	SAME(k->magic, L4_MAGIC);
	SAME(v >> 24, L4_APIVERSION_X2);
	SAME(v, k->ApiVersion);
	SAME(f, k->ApiFlags);
	SAME(f & 3, 0);
	SAME(f >> 2 & 3, sizeof(L4_Word_t) == 8);
	SAME(id, L4_KernelDesc(k)->KernelId);
	SAME(k, L4_GetKernelInterface());
}

static void
page_describes_the_machine(void)
{
	const void *k = L4_GetKernelInterface();
	bool conventional = false, feature = false;

	CHECK(L4_PageSizeMask(k) & PAGE);
	SAME(L4_PageRights(k) | L4_eXecutable, 7);      /* 32-bit page tables have no such right */
	CHECK(L4_UtcbSize(k) >= 112 * sizeof(L4_Word_t));
	SAME(L4_KipAreaSize(k), PAGE);
	CHECK(L4_NumProcessors(k) >= 1);
	CHECK(L4_ProcDesc(k, 0) != NULL);
	CHECK(L4_ProcDesc(k, L4_NumProcessors(k)) == NULL);
	CHECK(L4_ThreadIdBits(k) >= 15);
	CHECK(L4_ThreadIdUserBase(k) >= L4_ThreadIdSystemBase(k));
	for (L4_Word_t i = 0; i < L4_NumMemoryDescriptors(k); i++)
		conventional |= L4_MemoryDescType(L4_MemoryDesc(k, i)) == L4_ConventionalMemoryType;
	CHECK(conventional);
	for (L4_Word_t i = 0; L4_Feature(k, i) != NULL; i++)
		feature |= strcmp(L4_Feature(k, i), "pagerexregs") == 0;
	CHECK(feature);
}

static void
ids_are_what_they_say(void)
{
	L4_ThreadId_t me = L4_MyGlobalId(), local = L4_MyLocalId();

	SAME(main_id.raw, L4_GlobalId(L4_ThreadIdUserBase(L4_GetKernelInterface()) + 2, 1).raw);
	CHECK(L4_IsGlobalId(me));
	CHECK(L4_IsLocalId(local));
	SAME(L4_GlobalIdOf(local).raw, me.raw);
	SAME(L4_LocalIdOf(me).raw, local.raw);
	CHECK(L4_SameThreads(local, me));
	CHECK(L4_LocalIdOf(sigma0_id).raw == 0 || L4_IsGlobalId(L4_LocalIdOf(sigma0_id)));
	SAME(L4_ThreadNo(L4_GlobalId(77, 5)), 77);
	SAME(L4_Version(L4_GlobalId(77, 5)), 5);
}

static void
clock_counts_microseconds(void)
{
	L4_Word_t a = now_us(), b;

	sleep_ms(30);
	b = now_us();
	CHECK(b - a >= 30000);
}

static void
clock_never_goes_back(void)
{
	L4_Word64_t a = L4_SystemClock().raw, b;
	unsigned steps = 0;

	for (int i = 0; i < 20000; i++, a = b) {
		b = L4_SystemClock().raw;
		CHECK(b >= a);
		steps += b != a;
	}
	/* reading it takes longer than a microsecond, now and then at least */
	if (L4_ReadPrecision(kip) == 1)
		CHECK(steps > 100);
}

static void
switch_returns(void)
{
	L4_ThreadSwitch(L4_nilthread);
	L4_ThreadSwitch(pager_id);
	L4_Yield();
}

static void
sigma0_gives_a_page_once(void)
{
	L4_Fpage_t f = L4_Sigma0_GetAny(sigma0_id, 12, L4_CompleteAddressSpace);
	volatile uint8_t *p = (volatile uint8_t *)L4_Address(f);
	L4_Fpage_t again;

	CHECK(!L4_IsNilFpage(f));
	*p = 42;
	SAME(*p, 42);
	/* the asker owns it and may ask again, another may not */
	again = L4_Sigma0_GetPage(sigma0_id, L4_FpageLog2((L4_Word_t)p, 12));
	SAME(L4_Address(again), p);
	again = L4_Sigma0_GetPage(sigma0_id, L4_FpageLog2((L4_Word_t)pool, 12));
	SAME(again.raw & ~(L4_Word_t)0xF, 0);
}

static void
memory_control_takes_default_only(void)
{
	L4_Fpage_t f = L4_FpageLog2((L4_Word_t)pool, 12);

	SAME(L4_Set_PageAttribute(f, L4_DefaultMemory), 1);
	SAME(L4_Set_PageAttribute(f, 77), 0);
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
}

static void
processor_control_knows_its_processors(void)
{
	SAME(L4_ProcessorControl(0, 1000, 1000, 0), 1);
	SAME(L4_ProcessorControl(999, 1000, 1000, 0), 0);
	SAME(L4_ErrorCode(), L4_ErrInvalidParam);
}

TESTS(kip_tests) = {
	TEST(kernel_interface_gives_the_page), TEST(page_describes_the_machine), TEST(ids_are_what_they_say),
	TEST(clock_counts_microseconds), TEST(clock_never_goes_back), TEST(switch_returns), TEST(sigma0_gives_a_page_once),
	TEST(memory_control_takes_default_only),
	TEST(processor_control_knows_its_processors), { NULL, NULL },
};
