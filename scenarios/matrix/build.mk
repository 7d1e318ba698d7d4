# The programs of the matrix that are not C or Python. Built by `make matrix` alone: cargo takes a while.

matrix_source := scenarios/programs/matrix
matrix_progs  := matrix-node matrix-bash $(if $(call have,go),matrix-go) $(if $(call have,javac),matrix-java) \
                 $(if $(call have,cargo),$(if $(wildcard /usr/share/cargo/registry/tokio-*),matrix-rust))
matrix_progs  := $(addprefix $(BUILD)/programs/,$(matrix_progs))

$(BUILD)/programs/matrix-node: $(matrix_source)/matrix-node.js
	$(Q)install -D -m 755 $< $@
$(BUILD)/programs/matrix-bash: $(matrix_source)/matrix-bash.sh
	$(Q)install -D -m 755 $< $@
$(BUILD)/programs/matrix-go: $(matrix_source)/matrix-go.go
	$(call say,GO,$<)
	$(Q)mkdir -p $(@D) && GOCACHE=$(abspath $(BUILD))/obj/go GO111MODULE=off CGO_ENABLED=0 go build -o $@ $<
$(BUILD)/programs/matrix-java: $(matrix_source)/MatrixJava.java
	$(call say,JAVAC,$<)
	$(Q)mkdir -p $(@D)/java && javac -d $(@D)/java $< && \
	    printf '#!/bin/sh\nexec java -XX:-UsePerfData -XX:TieredStopAtLevel=1 -cp "%s" MatrixJava\n' $(abspath $(@D))/java >$@.new && \
	    chmod 755 $@.new && mv $@.new $@
# With the crates of Debian's packages: nothing is fetched.
$(BUILD)/programs/matrix-rust: $(matrix_source)/rust/src/main.rs $(matrix_source)/rust/Cargo.toml
	$(call say,CARGO,$<)
	$(Q)rm -rf $(BUILD)/obj/rust-source && mkdir -p $(BUILD)/obj && cp -r $(matrix_source)/rust $(BUILD)/obj/rust-source && \
	    MAKEFLAGS= cargo build --quiet --offline --release --manifest-path $(BUILD)/obj/rust-source/Cargo.toml \
	    --config 'source.crates-io.replace-with="debian"' --config 'source.debian.directory="/usr/share/cargo/registry"' \
	    --target-dir $(BUILD)/obj/rust && install -D -m 755 $(BUILD)/obj/rust/release/matrix-rust $@

.PHONY: matrix
matrix: deps ## what each language gives its tasks when it is interrupted: docs/matrix.md, from ten runs (RUNS=N)
	$(Q)$(MAKE) --no-print-directory all $(matrix_progs)
	$(Q)ci/matrix $(sigsweep) $(BUILD)
