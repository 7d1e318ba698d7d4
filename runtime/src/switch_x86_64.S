/* switch_x86_64.S - switches stacks. System V ABI: a call preserves rbx, rbp, r12-r15, and the control bits of
 * mxcsr and the x87 control word. The signal mask is not touched: that would cost a system call, and tasks share it. */
#ifdef __x86_64__

/* A saved stack, from its stack pointer up:
 *    0 mxcsr, 4 x87 control word, 8 r15, 16 r14, 24 r13, 32 r12, 40 rbx, 48 rbp, 56 where to go on */

    .text
    .globl qs_arch_switch
    .hidden qs_arch_switch
    .type qs_arch_switch, @function
    .p2align 4
qs_arch_switch: /* rdi: where to save, rsi: what to load */
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movl (%rsp), %eax /* loads as wide as the stores, or they would have to wait for those */
    movzwl 4(%rsp), %edx
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    /* The layout is the same on the new stack, so the unwind rules above hold for it. Loading the control words is slow, and
     * nearly always they are the same. */
    cmpl (%rsp), %eax
    jne 2f
    cmpw 4(%rsp), %dx
    jne 2f
1:
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    /* A plain ret: this is called from one place only, so the address is the one that the CPU predicts, and its stack of
     * return addresses stays in step with ours. An indirect jump here would make every later return a wrong guess. */
    ret
    /* Out of the way: the state at label 1, all registers still saved. */
    .cfi_adjust_cfa_offset 56
    .cfi_rel_offset %r15, 8
    .cfi_rel_offset %r14, 16
    .cfi_rel_offset %r13, 24
    .cfi_rel_offset %r12, 32
    .cfi_rel_offset %rbx, 40
    .cfi_rel_offset %rbp, 48
2:  ldmxcsr (%rsp)
    fldcw 4(%rsp)
    jmp 1b
    .cfi_endproc
    .size qs_arch_switch, . - qs_arch_switch

    .globl qs_arch_prepare
    .hidden qs_arch_prepare
    .type qs_arch_prepare, @function
    .p2align 4
qs_arch_prepare: /* rdi: top, rsi: entry, rdx: its argument */
    .cfi_startproc
    andq $-16, %rdi
    leaq -64(%rdi), %rax
    stmxcsr (%rax) /* a task starts with the rounding modes of whoever starts it */
    fnstcw 4(%rax)
    movq $0, 8(%rax)
    movq $0, 16(%rax)
    movq %rsi, 24(%rax)
    movq %rdx, 32(%rax)
    movq $0, 40(%rax)
    movq $0, 48(%rax) /* rbp 0 ends the chain of frames */
    leaq start(%rip), %rcx
    movq %rcx, 56(%rax)
    ret
    .cfi_endproc
    .size qs_arch_prepare, . - qs_arch_prepare

    .type start, @function
start:
    .cfi_startproc
    .cfi_undefined %rip /* the outermost frame: unwinders stop here */
    movq %r12, %rdi
    call *%r13
    ud2 /* entry never returns */
    .cfi_endproc
    .size start, . - start

#endif
    .section .note.GNU-stack, "", %progbits
