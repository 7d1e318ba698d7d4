# sigsweep and quiesce. `make help` lists the targets; everything is built into build/.
# Variables: CC, CFLAGS, BUILD, V=1 (show commands), NO_INSTALL=1 (print installs, do not run them),
# WERROR=1 (warnings are errors), SAN=address,undefined (sanitizers), PREFIX, DESTDIR.

BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O2 -g
VERSION := 0.1.0
DATED   := November 25, 2026

WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
        -Wwrite-strings -Wvla -Wformat=2
ifdef WERROR
WARN += -Werror
endif
ifdef SAN
SANFLAGS := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
endif

.DEFAULT_GOAL := all

ifndef V
Q := @
endif

# With no job count given, use the machine.
ifeq ($(MAKELEVEL)$(filter -j% --jobserver%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DSIGSWEEP_VERSION='"$(VERSION)"' $(CFLAGS) $(WARN) $(SANFLAGS) \
             -MMD -MP -MF $(BUILD)/dep/$(subst /,_,$@).d -pthread
PKGS       := yaml-0.1 jansson libseccomp libdw libelf
PKG_LIBS    = $(shell pkg-config --libs $(PKGS) 2>/dev/null)
PKG_CFLAGS  = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)

runtime_src  := $(wildcard runtime/src/*.c runtime/src/*.S)
harness_src  := $(filter-out harness/src/cli/main.c,$(wildcard harness/src/*/*.c)) $(wildcard reports/src/*.c)
program_src  := $(wildcard scenarios/programs/*.c scenarios/programs/*/*.c)
bench_src    := $(wildcard bench/*.c runtime/bench/*.c)
rt_test_src  := $(wildcard runtime/tests/test_*.c)
hn_test_src  := $(wildcard harness/tests/test_*.c reports/tests/test_*.c)
hn_prog_src  := $(wildcard harness/tests/programs/*.c)

obj = $(patsubst %,$(BUILD)/obj/%.o,$(basename $(1)))
runtime_obj := $(call obj,$(runtime_src))
harness_obj := $(call obj,$(harness_src)) $(call obj,harness/src/cli/templates.S)

include scenarios/languages/build.mk scenarios/matrix/build.mk
program_py   := $(wildcard scenarios/programs/*/*.py)
probe_py     := $(BUILD)/programs/sigsweep_probe.py
observer_py  := $(patsubst harness/%,$(BUILD)/%,$(wildcard harness/probes/python/*.py harness/probes/python/*/*.py))
asan_progs   := $(addprefix $(BUILD)/programs/memory-leak-asan-,broken fixed)
programs  := $(addprefix $(BUILD)/programs/,$(notdir $(basename $(program_src))) $(notdir $(program_py))) $(probe_py) \
             $(language_progs) $(observer_py) $(asan_progs)
bench_progs := $(addprefix $(BUILD)/bench/programs/,$(notdir $(basename $(wildcard bench/programs/*.c))))
benches   := $(addprefix $(BUILD)/bench/,$(notdir $(basename $(bench_src))))
rt_tests  := $(addprefix $(BUILD)/tests/runtime/,$(notdir $(basename $(rt_test_src))))
hn_tests  := $(addprefix $(BUILD)/tests/harness/,$(notdir $(basename $(hn_test_src))))
hn_progs  := $(addprefix $(BUILD)/tests/programs/,$(notdir $(basename $(hn_prog_src)))) \
             $(addprefix $(BUILD)/tests/programs/sym_stops-,static nopie stripped unlisted)

lib_static := $(BUILD)/lib/libquiesce.a
lib_shared := $(BUILD)/lib/libquiesce.so
soname     := libquiesce.so.0
man_pages  := $(BUILD)/man/.made
man_awk    := $(addprefix runtime/man/,header.awk errors.awk page.awk)
core       := $(BUILD)/lib/libsigsweep-core.a
sigsweep   := $(BUILD)/bin/sigsweep
lsan_start := $(BUILD)/lib/libsigsweep-lsan.so

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help check check-runtime check-harness check-scenarios check-asan check-ubsan \
        check-sanitizers check-tsan check-valgrind check-aarch64 bench lint format check-format install \
        uninstall clean deps deps-test deps-lint programs

##@ Build
all: $(lib_static) $(lib_shared) $(sigsweep) $(lsan_start) $(man_pages) programs ## build everything
programs: $(programs)
man: $(man_pages) ## the manual pages of quiesce, from its header: man -M build/man quiesce
.PHONY: man
.PHONY: test-programs
test-programs: $(hn_progs)

##@ Test
check: deps-test ## all tests, with a summary (does its own set-up)
	$(Q)$(MAKE) --no-print-directory check-run
check-scenarios: deps ## run every scenario and draw the reports (does its own set-up)
	$(Q)$(MAKE) --no-print-directory scenarios-run

.PHONY: check-run scenarios-run
check-run: all $(rt_tests) $(hn_tests) $(hn_progs)
	$(Q)BUILD=$(BUILD) ci/run-tests $(rt_tests) $(hn_tests) $(if $(SAN),,ci/check-docs ci/check-man ci/check-install)
check-runtime: deps-test ## the runtime's tests only
	$(Q)$(MAKE) --no-print-directory $(rt_tests) && BUILD=$(BUILD) ci/run-tests $(rt_tests)
check-harness: deps-test ## the harness's tests only
	$(Q)$(MAKE) --no-print-directory all $(hn_tests) $(hn_progs) && BUILD=$(BUILD) ci/run-tests $(hn_tests)

scenarios-run: all
	$(Q)ci/run-scenarios $(sigsweep) scenarios/points scenarios/races scenarios/sweeps scenarios/findings scenarios/services \
	    scenarios/probes scenarios/languages scenarios/asyncio \
	    scenarios/pitfalls/broken scenarios/pitfalls/fixed scenarios/ways/points \
	    $(addprefix scenarios/real/,$(addsuffix .yaml,sed-i csplit cp mv install split))

check-try: deps ## every planted bug of scenarios/findings that needs no events is found by `try`, without YAML
	$(Q)$(MAKE) --no-print-directory all && ci/check-try $(sigsweep)
.PHONY: check-try

check-docs: deps-test ## run the examples in README.md and docs/, the slow ones too
	$(Q)$(MAKE) --no-print-directory all && BUILD=$(BUILD) ci/check-docs --slow
.PHONY: check-docs

check-asan: deps-test ## all tests under AddressSanitizer
	$(Q)$(MAKE) --no-print-directory programs test-programs
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/asan PLAIN=$(BUILD) SAN=address CFLAGS="-O1 -g" check-run
check-ubsan: deps-test ## all tests under UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory programs test-programs
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan PLAIN=$(BUILD) SAN=undefined CFLAGS="-O1 -g" check-run
check-sanitizers: deps-test ## the two in one build and one run, as CI does
	$(Q)$(MAKE) --no-print-directory programs test-programs
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitizers PLAIN=$(BUILD) SAN=address,undefined CFLAGS="-O1 -g" check-run
tsan_tests := $(addprefix $(BUILD)/tests/runtime/test_,offload event channel sem gather cancel)
check-tsan: deps-test ## the runtime's tests that have threads, and its waits, under ThreadSanitizer
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SAN=thread CFLAGS="-O1 -g" tsan-run
.PHONY: tsan-run
tsan-run: $(tsan_tests)
	$(Q)BUILD=$(BUILD) ci/run-tests $(tsan_tests)
check-valgrind: deps-test ## the runtime's tests under valgrind
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/valgrind valgrind-run
# A build of its own: one made before valgrind's headers were there does not announce its stacks.
.PHONY: valgrind-run
valgrind-run: $(rt_tests)
	$(Q)BUILD=$(BUILD) WRAPPER=valgrind ci/run-tests $(rt_tests)
check-aarch64: deps-lint ## cross-compile the runtime for aarch64 and run its tests under qemu
	$(Q)ci/check-aarch64 $(BUILD)/aarch64

prove: deps ## sweep the reference runtime's pool: every call, function entry, instruction of its core, and pairs
	$(Q)$(MAKE) --no-print-directory all && $(sigsweep) run scenarios/prove
.PHONY: prove

# The tests that take faults in numbers; libcheck's time limit goes with them.
proof_tests := $(addprefix $(BUILD)/tests/runtime/test_,simulation clock short faults boundary storm lastgasp instruction)
prove-runtime: deps-test ## the runtime under more faults: seeds, storms, single-stepped places (RIG_SEEDS, RIG_STORM, RIG_PLACES, QS_SEEDS)
	$(Q)$(MAKE) --no-print-directory $(proof_tests)
	$(Q)export RIG_SEEDS=$${RIG_SEEDS:-1000} RIG_STORM=$${RIG_STORM:-50000} RIG_PLACES=$${RIG_PLACES:-100} QS_SEEDS=$${QS_SEEDS:-20000} \
	    CK_TIMEOUT_MULTIPLIER=$${CK_TIMEOUT_MULTIPLIER:-20}; BUILD=$(BUILD) ci/run-tests $(proof_tests)
.PHONY: prove-runtime

prove-mutations: deps-test ## break the runtime in one place at a time: its tests must notice each (MUTATIONS=NAME...)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BUILD=$(BUILD) ci/prove-mutations $(sigsweep) $(MUTATIONS)
.PHONY: prove-mutations

pitfalls: deps ## the six pitfalls and the four ways, in C and asyncio, at five points and swept (UPDATE=1: their table)
	$(Q)$(MAKE) --no-print-directory all && rm -rf $(BUILD)/pitfalls-run
	$(Q)$(sigsweep) run --out $(BUILD)/pitfalls-run scenarios/pitfalls scenarios/ways
	$(Q)ci/pitfalls-table $(BUILD)/pitfalls-run $(if $(UPDATE),--update)
.PHONY: pitfalls

.PHONY: gallery prove-clean
gallery: deps-gallery ## sweep 48 programs of Debian packages; UPDATE=1 remakes docs/gallery.md
	$(Q)$(MAKE) --no-print-directory all
	$(Q)rm -rf runs/gallery && ci/gallery $(sigsweep) runs/gallery
prove-clean: deps-gallery ## no false alarm: 5000 trials of the clean ones among them (TRIALS=N)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)ci/prove-clean $(sigsweep) $(TRIALS)

##@ Measure
bench: deps-bench ## sigsweep and quiesce beside their peers, as ratios, in one run
	$(Q)$(MAKE) --no-print-directory all $(benches) $(bench_progs) && BUILD=$(BUILD) bench/run

performance: deps-bench ## measure on a quiet machine, and write the figures into docs/performance.md (ROUNDS=N)
	$(Q)$(MAKE) --no-print-directory all $(benches) $(bench_progs) && ci/performance $(BUILD) $(VERSION)
.PHONY: performance

##@ Keep tidy
lint: deps-lint ## clang-format, cppcheck, shellcheck, and a build with warnings as errors (gcc, clang)
	$(Q)BUILD=$(BUILD) ci/lint
check-format: ## are the sources as .clang-format says?
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format --dry-run -Werror
format: ## rewrite the sources as .clang-format says
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i
clean: ## remove build/
	$(Q)rm -rf $(BUILD)

##@ Install
at := $(DESTDIR)$(PREFIX)
install_folders := bin lib/pkgconfig lib/sigsweep include/sigsweep $(addprefix share/man/man,1 3 5 7) \
    $(addprefix share/sigsweep/,plots schema probes/python/observe)
# Files that lie in folders which others use, too.
installed = bin/sigsweep $(addprefix lib/,libquiesce.a libquiesce.so $(soname) libquiesce.so.$(VERSION) pkgconfig/quiesce.pc) \
    include/quiesce.h share/man/man1/sigsweep.1 share/man/man5/sigsweep.yaml.5 \
    $(addprefix share/man/,$(shell cat $(man_pages) 2>/dev/null))
install: all ## install into DESTDIR/PREFIX
	$(Q)ci/install-folders make $(at)/share/sigsweep $(addprefix $(at)/,$(install_folders))
	$(Q)install -m 755 $(sigsweep) $(at)/bin/
	$(Q)install -m 644 $(lib_static) $(at)/lib/
	$(Q)install -m 755 $(lib_shared) $(at)/lib/libquiesce.so.$(VERSION)
	$(Q)ln -sf libquiesce.so.$(VERSION) $(at)/lib/$(soname)
	$(Q)ln -sf $(soname) $(at)/lib/libquiesce.so
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' runtime/quiesce.pc.in >$(at)/lib/pkgconfig/quiesce.pc
	$(Q)install -m 644 $(lsan_start) $(at)/lib/sigsweep/
	$(Q)install -m 644 runtime/include/quiesce.h $(at)/include/
	$(Q)install -m 644 harness/include/sigsweep/probe.h $(at)/include/sigsweep/
	$(Q)install -m 644 harness/man/sigsweep.1 $(at)/share/man/man1/
	$(Q)install -m 644 harness/man/sigsweep.yaml.5 $(at)/share/man/man5/
	$(Q)install -m 644 $(BUILD)/man/man3/*.3 $(at)/share/man/man3/
	$(Q)install -m 644 $(BUILD)/man/man7/*.7 $(at)/share/man/man7/
	$(Q)install -m 644 reports/plots/*.gp $(at)/share/sigsweep/plots/
	$(Q)install -m 644 harness/schema/scenario.schema.json $(at)/share/sigsweep/schema/
	$(Q)install -m 644 harness/probes/python/sigsweep_probe.py $(at)/share/sigsweep/probes/python/
	$(Q)install -m 644 harness/probes/python/observe/*.py $(at)/share/sigsweep/probes/python/observe/
uninstall: $(man_pages) ## remove what install put there, and the folders that it made, if nothing else is in them
	$(Q)rm -f $(addprefix $(at)/,$(installed))
	$(Q)rm -rf $(at)/lib/sigsweep $(at)/include/sigsweep $(addprefix $(at)/share/sigsweep/,plots schema probes)
	$(Q)ci/install-folders remove $(at)/share/sigsweep

##@ Help
help: ## this list
	$(Q)awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	    /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What a target needs is installed once; the stamp is made anew when ci/install-deps changes.
deps: $(BUILD)/.deps-build
deps-test: $(BUILD)/.deps-test
deps-lint: $(BUILD)/.deps-lint
deps-gallery: $(BUILD)/.deps-gallery
deps-bench: $(BUILD)/.deps-bench
$(BUILD)/.deps-%: ci/install-deps
	$(Q)mkdir -p $(@D) $(BUILD)/dep && ci/install-deps $* && touch $@

say = @printf '  %-8s %s\n' $(1) $(2)
ifdef V
say = @:
endif

$(BUILD)/obj/runtime/%.o: runtime/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -fPIC -fvisibility=hidden -Iruntime/include -Iruntime/src -c $< -o $@
$(BUILD)/obj/runtime/%.o: runtime/%.S
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -fPIC -c $< -o $@
$(BUILD)/obj/harness/%.o: harness/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) $(PKG_CFLAGS) -Iharness/src -Iharness/include -Ireports/src -c $< -o $@
# The files that `init` writes are part of the tool.
$(BUILD)/obj/harness/src/cli/templates.o: harness/src/cli/templates.S $(wildcard harness/templates/*) \
    harness/probes/python/sigsweep_probe.py harness/include/sigsweep/probe.h
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D) && $(CC) -c $< -o $@
$(BUILD)/obj/reports/%.o: reports/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) $(PKG_CFLAGS) -Iharness/src -Ireports/src -c $< -o $@

$(lib_static): $(runtime_obj)
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && rm -f $@ && $(AR) rcs $@ $^
$(lib_shared): $(runtime_obj) runtime/quiesce.map
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) -shared -Wl,-soname,$(soname) -Wl,--version-script=runtime/quiesce.map $(ALL_CFLAGS) -o $@ $(runtime_obj)
# Loaded into programs beside liblsan: never sanitized itself.
$(lsan_start): harness/preload/lsan.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(filter-out $(SANFLAGS),$(ALL_CFLAGS)) -fPIC -shared -o $@ $<
$(core): $(harness_obj)
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && rm -f $@ && $(AR) rcs $@ $^
$(sigsweep): $(BUILD)/obj/harness/src/cli/main.o $(core)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -o $@ $^ $(PKG_LIBS) -lm

# Compiled now, not in the first trial.
$(BUILD)/probes/python/%.py: harness/probes/python/%.py
	$(Q)install -D -m 644 $< $@ && { ! test -x /usr/bin/python3 || /usr/bin/python3 -m py_compile $@; }

# A page a function, from the comments of the header; `.made` lists them.
$(man_pages): runtime/include/quiesce.h $(man_awk) docs/quiesce.md
	$(call say,MAN,$<)
	$(Q)rm -rf $(@D) && mkdir -p $(@D)/man3 $(@D)/man7
	$(Q)ci/docs-program docs/quiesce.md 'An example' >$(@D)/example.c
	$(Q)awk -v dir=$(@D) -v version=$(VERSION) -v date='$(DATED)' -v example=$(@D)/example.c $(addprefix -f ,$(man_awk)) $<
	$(Q)cd $(@D) && ls man3/*.3 man7/*.7 >.made

ifdef PLAIN
# A sanitized harness runs programs that are not: LeakSanitizer can't work in a process that is traced.
$(BUILD)/programs/%: $(PLAIN)/programs/%
	$(Q)mkdir -p $(@D) && cp $< $@
$(BUILD)/tests/programs/%: $(PLAIN)/tests/programs/%
	$(Q)mkdir -p $(@D) && cp $< $@
else
# A program of the scenarios may use the runtime or the probe header; it is one C file.
define one_program # source
$(BUILD)/programs/$(notdir $(basename $(1))): $(1) $(lib_static)
	$$(call say,CC,$$<)
	$$(Q)mkdir -p $$(@D) $(BUILD)/dep && $$(CC) $$(ALL_CFLAGS) -Iruntime/include -Iharness/include -o $$@ $$< $(lib_static)
endef
$(foreach s,$(program_src),$(eval $(call one_program,$(s))))
# The same, built with AddressSanitizer, for `memory: asan`.
$(asan_progs): $(BUILD)/programs/memory-leak-asan-%: scenarios/programs/findings/memory-leak-%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -fsanitize=address -fno-omit-frame-pointer -Iharness/include -o $@ $<
# One in Python lies beside the probe module, and finds it there. The module is compiled now, not in the first trial.
define one_python # source
$(BUILD)/programs/$(notdir $(1)): $(1)
	$(Q)install -D -m 755 $$< $$@
endef
$(foreach s,$(program_py),$(eval $(call one_python,$(s))))
$(probe_py): harness/probes/python/sigsweep_probe.py
	$(Q)install -D -m 644 $< $@ && { ! test -x /usr/bin/python3 || /usr/bin/python3 -m py_compile $@; }
$(BUILD)/tests/programs/%: harness/tests/programs/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -Iharness/include -o $@ $<
# One of them in the ways that programs come; `unlisted` lacks what clang does not write.
$(BUILD)/tests/programs/sym_stops-static: WAY := -static
$(BUILD)/tests/programs/sym_stops-nopie: WAY := -no-pie
$(BUILD)/tests/programs/sym_stops-stripped: THEN := && strip
$(BUILD)/tests/programs/sym_stops-unlisted: THEN := && objcopy -R .debug_aranges
$(BUILD)/tests/programs/sym_stops-%: harness/tests/programs/sym_stops.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) $(WAY) -o $@ $< $(if $(THEN),$(THEN) $@)
endif

# What these replace in the library that they test: ld(1), --wrap.
wraps = $(addprefix -Wl$(comma)--wrap=,$(1))
comma := ,
$(BUILD)/tests/runtime/test_faults: WAY = $(call wraps,malloc calloc realloc free mmap munmap mprotect epoll_ctl \
    epoll_create1 eventfd socket socketpair accept4 pipe2 open syscall pthread_create timer_create epoll_pwait2 posix_spawnp)
$(BUILD)/tests/runtime/test_clock: WAY = $(call wraps,clock_gettime)
$(BUILD)/tests/runtime/test_short: WAY = $(call wraps,read write recv send)
$(BUILD)/tests/runtime/%: runtime/tests/%.c $(lib_static)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -Iruntime/include -Iruntime/src $(WAY) -o $@ $< $(lib_static) $$(pkg-config --libs check)
$(BUILD)/tests/harness/%: harness/tests/%.c $(core)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) $(PKG_CFLAGS) -Iharness/src -Iharness/include -Ireports/src -o $@ $< $(core) $(PKG_LIBS) -lm $$(pkg-config --libs check)
$(BUILD)/tests/harness/%: reports/tests/%.c $(core)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) $(PKG_CFLAGS) -Iharness/src -Ireports/src -o $@ $< $(core) $(PKG_LIBS) -lm $$(pkg-config --libs check)
$(BUILD)/bench/programs/%: bench/programs/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -Iharness/include -o $@ $<
$(BUILD)/bench/%: bench/%.c $(core)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) $(PKG_CFLAGS) -Iharness/src -o $@ $< $(core) $(PKG_LIBS) -lm
$(BUILD)/bench/%: runtime/bench/%.c $(lib_static)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -Iruntime/include -o $@ $< $(lib_static)

-include $(wildcard $(BUILD)/dep/*.d)
