# Reads quiesce.h: its sections, functions, types and macros, each with the comment
# before it. page.awk writes manual pages from that.
#
# A section begins with a comment `/* ---- Title ---- `; what else that comment says, and comments that stand for
# themselves, are its prose. A function without a comment shares the one of the function on the line above, if that
# names it. What lacks a comment is a mistake.

BEGIN { section = 0 }

function fail(line, message) {
    printf "%s:%d: %s\n", FILENAME, line, message > "/dev/stderr"
    failed = 1
}

# The text of a line in a comment, without its frame.
function inner(line) {
    sub(/^ *\/?\* ?/, "", line)
    sub(/ *\*\/$/, "", line)
    return line
}

# A comment in a struct: one line of text.
function flat(text) {
    gsub(/\/\*|\*\//, "", text)
    gsub(/\n *\*? */, " ", text)
    gsub(/  +/, " ", text)
    gsub(/^ | $/, "", text)
    return text
}

function to_prose() {
    if (pending != "")
        prose[section] = prose[section] (prose[section] == "" ? "" : "\n\n") pending
    pending = ""
}

function comment_ends() {
    in_comment = 0
    if (pending !~ /^---- /)
        return
    section++
    title[section] = pending
    sub(/\n.*/, "", title[section])
    gsub(/^-+ | -+$/, "", title[section])
    if (!sub(/^[^\n]*\n+/, "", pending))
        pending = ""
    to_prose()
}

function name_of(declaration) {
    match(declaration, /qs_[a-z0-9_]+\(/)
    return substr(declaration, RSTART, RLENGTH - 1)
}

function add_function(declaration,    name) {
    sub(/^QS_API /, "", declaration)
    gsub(/ +/, " ", declaration)
    name = name_of(declaration)
    functions[++functions_n] = name
    decl[name] = declaration
    home[name] = name
    of_section[name] = section
    if (pending != "") {
        doc[name] = pending
        line_of[name] = NR
    } else if (above != "" && index(doc[above], name "()")) {
        home[name] = above
    } else {
        fail(NR, name "() has no comment")
    }
    above = home[name]
    shares[above] = shares[above] " " name
    pending = ""
}

function add_type(name, declaration, text) {
    if (text == "")
        fail(NR, name " has no comment")
    types[++types_n] = name
    doc[name] = text
    body[name] = declaration
    of_section[name] = section
    pending = ""
}

# Fields of a struct, names of an enum: fields[i] with field_doc[i]. Returns how many there are; up to the private ones.
function read_fields(text,    n, lead, end, same_line, c) {
    n = 0
    lead = ""
    sub(/^[^{]*{/, "", text)
    sub(/};?$/, "", text)
    while (text !~ /^[ \n]*$/) {
        match(text, /^[ \n]*/)
        same_line = n > 0 && substr(text, 1, RLENGTH) !~ /\n/
        text = substr(text, RLENGTH + 1)
        if (text ~ /^\/\*/) {
            end = index(text, "*/")
            c = flat(substr(text, 1, end + 1))
            text = substr(text, end + 2)
            if (!same_line)
                lead = c
            else
                field_doc[n] = c
            if (same_line && c ~ /^(the rest is )?private/)
                n--
            if (c ~ /^the rest is private/)
                return n
            continue
        }
        match(text, /[;,]/)
        if (!RSTART)
            RSTART = length(text) + 1
        # `int in, out, err;` is one field
        if (!enum_body && index(text, ";"))
            RSTART = index(text, ";")
        fields[++n] = flat(substr(text, 1, RSTART - 1))
        field_doc[n] = lead
        lead = ""
        text = substr(text, RSTART + 1)
    }
    return n
}

in_comment {
    pending = pending "\n" inner($0)
    if (/\*\/$/)
        comment_ends()
    next
}
declaring != "" {
    gathered = gathered "\n" $0
    if (declaring == "body" ? /^}/ : /;/)
        declared()
    next
}
/^\/\*/ {
    to_prose()
    pending = inner($0)
    in_comment = 1
    if (/\*\/$/)
        comment_ends()
    next
}
/^$/ {
    to_prose()
    above = ""
    next
}
/^#define QS_API/ { pending = ""; next }
/^#define QS_/ {
    macros[++macros_n] = $2
    of_section[$2] = section
    macro[$2] = $0
    gsub(/ +/, " ", macro[$2])
    next
}
/^#/ { to_prose(); next }
/^struct qs_[a-z_]+;/ {
    match($0, /qs_[a-z_]+/)
    if (/\/\*/)
        add_type(substr($0, RSTART, RLENGTH), "", flat(substr($0, index($0, "/*"))))
    next
}
/^(struct|enum) .*{$/ || /^enum {$/ { declaring = "body"; gathered = $0; next }
/^typedef / { declaring = "typedef"; gathered = $0; if (/;/) declared(); next }
/^QS_API / { declaring = "function"; gathered = $0; if (/;/) declared(); next }

function declared(    what, name) {
    what = declaring
    declaring = ""
    if (what != "body") {
        gsub(/\n */, " ", gathered)
        if (what == "function")
            add_function(gathered)
        else
            add_type(name_of(gathered), gathered, pending)
        return
    }
    name = gathered
    if (!match(name, /qs_[a-z_]+ {/))
        match(name, /QS_[A-Z_]+ /) # an enum without a name has its first constant's
    add_type(substr(name, RSTART, RLENGTH - (name ~ /qs_[a-z_]+ {/ ? 2 : 1)), gathered, pending)
}
