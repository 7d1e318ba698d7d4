/* switch_aarch64.S - switches stacks. AAPCS64: a call preserves x19-x28, the frame pointer x29, the low halves of v8-v15
 * (d8-d15), and the rounding mode in fpcr. x30 is where to go on. The signal mask is not touched. */
#ifdef __aarch64__

/* A saved stack, from its stack pointer up: 0 x19 ... 72 x28, 80 x29, 88 x30, 96 d8 ... 152 d15, 160 fpcr, 168 unused */
#define FRAME 176

    .text
    .globl qs_arch_switch
    .hidden qs_arch_switch
    .type qs_arch_switch, %function
    .p2align 4
qs_arch_switch: /* x0: where to save, x1: what to load */
    .cfi_startproc
    sub sp, sp, #FRAME
    .cfi_adjust_cfa_offset FRAME
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    .cfi_rel_offset x19, 0
    .cfi_rel_offset x20, 8
    .cfi_rel_offset x21, 16
    .cfi_rel_offset x22, 24
    .cfi_rel_offset x23, 32
    .cfi_rel_offset x24, 40
    .cfi_rel_offset x25, 48
    .cfi_rel_offset x26, 56
    .cfi_rel_offset x27, 64
    .cfi_rel_offset x28, 72
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mrs x2, fpcr
    str x2, [sp, #160]
    mov x3, sp
    str x3, [x0]
    mov sp, x1
    /* The layout is the same on the new stack, so the unwind rules above hold for it. */
    ldr x3, [sp, #160]
    cmp x2, x3 /* writing fpcr is slow, and nearly always it is the same */
    b.eq 1f
    msr fpcr, x3
1:  ldp d14, d15, [sp, #144]
    ldp d12, d13, [sp, #128]
    ldp d10, d11, [sp, #112]
    ldp d8, d9, [sp, #96]
    ldp x29, x30, [sp, #80]
    ldp x27, x28, [sp, #64]
    ldp x25, x26, [sp, #48]
    ldp x23, x24, [sp, #32]
    ldp x21, x22, [sp, #16]
    ldp x19, x20, [sp, #0]
    add sp, sp, #FRAME
    .cfi_adjust_cfa_offset -FRAME
    .cfi_restore x19
    .cfi_restore x20
    .cfi_restore x21
    .cfi_restore x22
    .cfi_restore x23
    .cfi_restore x24
    .cfi_restore x25
    .cfi_restore x26
    .cfi_restore x27
    .cfi_restore x28
    .cfi_restore x29
    .cfi_restore x30
    ret /* called from one place only, so the predicted address is the right one */
    .cfi_endproc
    .size qs_arch_switch, . - qs_arch_switch

    .globl qs_arch_prepare
    .hidden qs_arch_prepare
    .type qs_arch_prepare, %function
    .p2align 4
qs_arch_prepare: /* x0: top, x1: entry, x2: its argument */
    .cfi_startproc
    and x0, x0, #-16
    sub x0, x0, #FRAME
    stp x1, x2, [x0, #0] /* entry in x19, its argument in x20 */
    stp xzr, xzr, [x0, #16]
    stp xzr, xzr, [x0, #32]
    stp xzr, xzr, [x0, #48]
    stp xzr, xzr, [x0, #64]
    adr x3, start
    stp xzr, x3, [x0, #80] /* x29 0 ends the chain of frames */
    stp xzr, xzr, [x0, #96]
    stp xzr, xzr, [x0, #112]
    stp xzr, xzr, [x0, #128]
    stp xzr, xzr, [x0, #144]
    mrs x3, fpcr /* a task starts with the rounding mode of whoever starts it */
    str x3, [x0, #160]
    ret
    .cfi_endproc
    .size qs_arch_prepare, . - qs_arch_prepare

    .type start, %function
start:
    .cfi_startproc
    .cfi_undefined x30 /* the outermost frame: unwinders stop here */
    mov x0, x20
    blr x19
    brk #0 /* entry never returns */
    .cfi_endproc
    .size start, . - start

#endif
    .section .note.GNU-stack, "", %progbits
