# The programs of docs/reference/events.md, taken from its text. What this machine has no compiler for is not built, and the
# scenarios that need it are skipped; `ci/install-deps languages` installs them all.

events_page := docs/reference/events.md
have         = $(shell command -v $(1) 2>/dev/null)

# Debian's Python and Node, which sigsweep finds on PATH as the shebang does.
probe_scripts := probe-python probe-node probe-ruby probe-perl probe-bash
probe_built   := probe-c $(if $(call have,go),probe-go) $(if $(call have,rustc),probe-rust) $(if $(call have,javac),probe-java)
language_progs := $(addprefix $(BUILD)/programs/,$(probe_scripts) $(probe_built))

ifndef PLAIN # a sanitized harness runs copies of the plain programs
$(BUILD)/obj/languages/probe.%: $(events_page) ci/docs-program
	$(Q)mkdir -p $(@D) && ci/docs-program $(events_page) $(HEADING) >$@.new && mv $@.new $@
$(BUILD)/obj/languages/probe.c: HEADING := C
$(BUILD)/obj/languages/probe.py: HEADING := Python
$(BUILD)/obj/languages/probe.go: HEADING := Go
$(BUILD)/obj/languages/probe.rs: HEADING := Rust
$(BUILD)/obj/languages/probe.js: HEADING := Node
$(BUILD)/obj/languages/probe.java: HEADING := Java
$(BUILD)/obj/languages/probe.rb: HEADING := Ruby
$(BUILD)/obj/languages/probe.pl: HEADING := Perl
$(BUILD)/obj/languages/probe.sh: HEADING := Shell

define one_script # name, suffix, interpreter
$(BUILD)/programs/$(1): $(BUILD)/obj/languages/probe.$(2)
	$$(Q)mkdir -p $$(@D) && { echo '#!$(3)'; cat $$<; } >$$@.new && chmod 755 $$@.new && mv $$@.new $$@
endef
$(eval $(call one_script,probe-python,py,/usr/bin/python3))
$(eval $(call one_script,probe-node,js,/usr/bin/env node))
$(eval $(call one_script,probe-ruby,rb,/usr/bin/env ruby))
$(eval $(call one_script,probe-perl,pl,/usr/bin/perl))
$(eval $(call one_script,probe-bash,sh,/bin/bash))

$(BUILD)/programs/probe-c: $(BUILD)/obj/languages/probe.c harness/include/sigsweep/probe.h
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) $(BUILD)/dep && $(CC) $(ALL_CFLAGS) -Iharness/include -o $@ $<
$(BUILD)/programs/probe-go: $(BUILD)/obj/languages/probe.go
	$(call say,GO,$<)
	$(Q)mkdir -p $(@D) && GOCACHE=$(abspath $(BUILD))/obj/go GO111MODULE=off CGO_ENABLED=0 go build -o $@ $<
$(BUILD)/programs/probe-rust: $(BUILD)/obj/languages/probe.rs
	$(call say,RUSTC,$<)
	$(Q)mkdir -p $(@D) && MAKEFLAGS= rustc --edition 2021 -O -o $@ $<
$(BUILD)/programs/probe-java: $(BUILD)/obj/languages/probe.java
	$(call say,JAVAC,$<)
	$(Q)mkdir -p $(@D)/java && cp $< $(<D)/ProbeJava.java && javac -d $(@D)/java $(<D)/ProbeJava.java && \
	    printf '#!/bin/sh\nexec java -XX:-UsePerfData -XX:TieredStopAtLevel=1 -cp "%s" ProbeJava\n' $(abspath $(@D))/java >$@.new && \
	    chmod 755 $@.new && mv $@.new $@
endif
