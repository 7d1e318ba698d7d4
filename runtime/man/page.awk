# Writes the manual pages of quiesce, from what header.awk has read, as mdoc(7): a page a function in man3, links to it
# for what it describes besides, quiesce(3) with the list of all, quiesce(7) with the prose.
#   awk -v dir=DIR -v version=V -v date=DATE -v example=FILE.c -f header.awk -f errors.awk -f page.awk quiesce.h

# Text between macros: escaped, names set apart.
function fmt(text,    out, word, s) {
    gsub(/\\/, "\\e", text)
    gsub(/`[^`]*`/, "\\(lq&\\(rq", text)
    gsub(/`/, "", text)
    for (s = 1; s <= section && here != ""; s++)
        if (index(text, "\"" title[s] "\""))
            gsub("\"" title[s] "\"", "& in quiesce(7)", text)
    gsub(/-E/, "\\-E", text)
    out = ""
    while (match(text, /[a-z_][a-z0-9_-]*\([0-9]?\)/)) {
        word = substr(text, RSTART, RLENGTH)
        out = out substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        match(word, /\(/)
        if (word ~ /\(\)/ && word !~ /^qs_/)
            out = out word
        else
            out = out "\\fB" substr(word, 1, RSTART - 1) "\\fR" \
                (word ~ /\(\)/ && home[substr(word, 1, RSTART - 1)] != here ? "(3)" : substr(word, RSTART))
    }
    out = out text
    if (out ~ /^[.']/)
        out = "\\&" out
    return out
}

# A sentence a line.
function sentences(text,    out) {
    out = ""
    text = fmt(text)
    while (match(text, /[.!?]["\)]* +["(A-Z*\\]/)) {
        out = out substr(text, 1, RSTART + RLENGTH - 3) "\n"
        text = substr(text, RSTART + RLENGTH - 1)
        out = out (text ~ /^[.']/ ? "\\&" : "")
        sub(/ +\n$/, "\n", out)
    }
    return out text
}

# Paragraphs, lists of "- name: text", and lines that stand as they are.
function print_text(text,    n, line, i, para, list, literal, item) {
    n = split(text, line, "\n")
    para = ""
    for (i = 1; i <= n + 1; i++) {
        if (i <= n && list && line[i] ~ /^ / && line[i] !~ /^ +- /) {
            item = item " " line[i]
            continue
        }
        if (item != "") {
            print_item(item)
            item = ""
        }
        if (i <= n && line[i] ~ /^ +- /) {
            flush_para(para)
            para = ""
            if (!list)
                put(".Bl -bullet")
            list = 1
            item = line[i]
            sub(/^ +- /, "", item)
            continue
        }
        if (i <= n && line[i] ~ /^  +[^ ]/ && para == "" && !list) {
            if (!literal)
                put(".Bd -literal -offset indent")
            literal = 1
            put(fmt(substr(line[i], 3)))
            continue
        }
        if (list && (i > n || line[i] != "")) {
            put(".El")
            list = 0
        }
        if (literal && (i > n || line[i] != "")) {
            put(".Ed")
            literal = 0
        }
        if (i > n || line[i] == "") {
            flush_para(para)
            para = ""
        } else {
            para = para (para == "" ? "" : " ") line[i]
        }
    }
}

function print_item(text) {
    gsub(/  +/, " ", text)
    put(".It")
    put(sentences(text))
}

function flush_para(para) {
    if (para == "")
        return
    if (paragraphs++)
        put(".Pp")
    put(sentences(para))
}

function put(text) {
    print text > file
}

function open_page(name, suffix, names, phrase,    n, list, i, upper) {
    if (file != "")
        close(file)
    file = dir "/man" suffix "/" name "." suffix
    upper = toupper(name)
    put(".\\\" Made from quiesce.h.")
    put(".Dd " date)
    put(".Dt " upper " " suffix)
    put(".Os quiesce " version)
    put(".Sh NAME")
    n = split(names, list, " ")
    for (i = 1; i <= n; i++)
        put(".Nm " list[i] (i < n ? " ," : ""))
    put(".Nd " phrase)
}

function link_page(name, to) {
    if (name == to)
        return
    file_of_link = dir "/man3/" name ".3"
    print ".so man3/" to ".3" > file_of_link
    close(file_of_link)
}

# "Waits until the task is done, its fini too; ..." -> "waits until the task is done, its fini too"
function phrase_of(text) {
    gsub(/\n/, " ", text)
    sub(/[.;:].*| \(.*/, "", text)
    return tolower(substr(text, 1, 1)) substr(text, 2)
}

# As a sentence begins, but for names.
function begun(text) {
    return text ~ /^([a-z]+[_(]|main )/ ? text : toupper(substr(text, 1, 1)) substr(text, 2)
}

# Cuts the comment of a function into said, returned, and marks.
function take_apart(name,    text) {
    text = doc[name]
    is_wait = gsub(/A\nwait\.|A wait\./, "", text)
    is_signal_safe = gsub(/Async-signal-safe\./, "", text)
    is_thread_safe = gsub(/Thread-safe\./, "", text) || is_signal_safe
    returned = ""
    if (match(text, /(^|\n\n)(Returns|Does not return)/)) {
        returned = substr(text, RSTART)
        text = substr(text, 1, RSTART - 1)
    }
    gsub(/^\n+|[ \n]+$/, "", returned)
    gsub(/ +\n/, "\n", returned)
    sub(/[ \n]+$/, "", text)
    said = text
}

function sort(list, n,    i, j, t) {
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
            t = list[j]
            list[j] = list[j - 1]
            list[j - 1] = t
        }
}

# The page that describes a type is the first whose function leads to it.
function give_home(type, page,    i, text) {
    if (type in home)
        return
    home[type] = page
    described[page] = described[page] " " type
    text = body[type]
    for (i = 1; i <= types_n && doc[type] !~ /Private/; i++)
        if (names(text, types[i]) && doc[types[i]] !~ /Private/)
            give_home(types[i], page)
}

function names(text, word) {
    return match(text, "(^|[^a-z_])" word "([^a-z_]|$)")
}

# Of its own section, if there is one there; of the first of its section, if none has it in its declaration. What is
# private to the last word has none.
function give_homes(    f, t, pass, name) {
    for (pass = 1; pass <= 3; pass++)
        for (f = 1; f <= functions_n; f++) {
            name = functions[f]
            for (t = 1; t <= types_n; t++)
                if (doc[types[t]] !~ /Private\.$/ &&
                    (pass == 2 || of_section[name] == of_section[types[t]]) && (pass == 3 || names(decl[name], types[t])))
                    give_home(types[t], home[name])
        }
}

function print_synopsis(name,    list, n, i, m, arg, args, ft, t) {
    put(".Sh LIBRARY")
    put("quiesce (libquiesce, \\-lquiesce)")
    put(".Sh SYNOPSIS")
    put(".In quiesce.h")
    for (i = 1; i <= macros_n; i++)
        if (index(doc[name] described[name], macros[i]))
            put(".Fd " macro[macros[i]])
    n = split(described[name], list, " ")
    for (i = 1; i <= n; i++)
        if (body[list[i]] ~ /^typedef/)
            put(".Vt " body[list[i]])
    n = split(shares[name], list, " ")
    for (i = 1; i <= n; i++) {
        t = decl[list[i]]
        sub(/ *__attribute__.*/, "", t)
        ft = substr(t, 1, index(t, list[i] "(") - 1)
        sub(/ +$/, "", ft)
        args = substr(t, index(t, "(") + 1)
        sub(/\);?$/, "", args)
        put(".Ft " ft)
        put(".Fo " list[i])
        m = split(args, arg, ", ")
        for (t = 1; t <= m; t++)
            put(".Fa \"" arg[t] "\"")
        put(".Fc")
    }
}

function print_type(type,    n, i, kind) {
    kind = body[type] ~ /^struct/ ? "struct " type : body[type] ~ /^enum/ ? "enum " type : type
    if (body[type] ~ /^enum {/)
        kind = "The constants " type " and so on"
    else if (body[type] == "")
        kind = "struct " type
    put(".Ss " kind)
    paragraphs = 0
    print_text(body[type] == "" ? begun(doc[type]) "." : doc[type])
    if (body[type] !~ /^(struct|enum)/ || doc[type] ~ /Private/)
        return
    enum_body = body[type] ~ /^enum/
    n = read_fields(body[type])
    put(".Bl -tag -width Ds")
    for (i = 1; i <= n; i++) {
        put(".It " (enum_body ? "Dv" : "Va") " \"" fields[i] "\"")
        if (field_doc[i] == "")
            fail(0, type ": there is no comment on " fields[i])
        else
            put(sentences(begun(field_doc[i]) (field_doc[i] ~ /\.\)?$/ ? "" : ".")))
    }
    put(".El")
}

function print_see_also(name, text,    n, list, i, word, f, seen) {
    n = 0
    while (match(text, /[a-z_][a-z0-9_-]*\([0-9]?\)/)) {
        word = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/\(\)/, "(3)", word)
        f = substr(word, 1, index(word, "(") - 1)
        if ((word ~ /^qs_/ && !(f in home)) || home[f] == name || f == "exit" || (word in seen))
            continue
        if (word ~ /\(3\)/ && word !~ /^qs_/)
            continue
        seen[word] = 1
        list[++n] = substr(word, index(word, "(") + 1, 1) " " f
    }
    for (i = 1; i <= functions_n; i++) {
        f = functions[i]
        if (of_section[f] == of_section[name] && home[f] == f && f != name && !((f "(3)") in seen))
            list[++n] = "3 " f
    }
    list[++n] = "3 quiesce"
    list[++n] = "7 quiesce"
    for (i = 1; i <= types_n; i++) {
        f = types[i]
        if (home[f] != name && !((home[f] "(3)") in seen) && of_section[home[f]] != of_section[name] && match(decl[name], f)) {
            seen[home[f] "(3)"] = 1
            list[++n] = "3 " home[f]
        }
    }
    sort(list, n)
    put(".Sh SEE ALSO")
    for (i = 1; i <= n; i++) {
        split(list[i], word_of, " ")
        put(".Xr " word_of[2] " " word_of[1] (i < n ? " ," : ""))
    }
}

function print_page(name,    n, list, i) {
    here = name
    take_apart(name)
    open_page(name, 3, shares[name], phrase_of(doc[name]))
    print_synopsis(name)
    put(".Sh DESCRIPTION")
    paragraphs = 0
    print_text(said)
    if (is_wait) {
        put(".Pp")
        put("This is a wait: other tasks run meanwhile, and it can be cancelled.")
    }
    n = split(described[name], list, " ")
    for (i = 1; i <= n; i++)
        print_type(list[i])
    if (returned != "") {
        put(".Sh RETURN VALUES")
        paragraphs = 0
        print_text(returned)
    }
    print_errors(name)
    put(".Sh SIGNAL SAFETY")
    put(is_signal_safe ? "Async-signal-safe: it may be called in a signal handler." : \
        "It must not be called in a signal handler.")
    put(is_thread_safe ? "Any thread may call it." : "It is called on the thread of the run.")
    print_see_also(name, doc[name])
    n = split(shares[name] described[name], list, " ")
    for (i = 1; i <= n; i++)
        link_page(list[i], name)
}

function print_list(    s, f, phrase) {
    here = ""
    phrase = prose[0]
    sub(/^[^\n]* - /, "", phrase)
    sub(/\.?\n.*/, "", phrase)
    about = phrase
    open_page("quiesce", 3, "quiesce", about)
    put(".Sh LIBRARY")
    put("quiesce (libquiesce, \\-lquiesce)")
    put(".Sh SYNOPSIS")
    put(".In quiesce.h")
    for (f = 1; f <= macros_n; f++)
        if (macros[f] ~ /SECOND|FOREVER/)
            put(".Fd " macro[macros[f]])
    put(".Sh DESCRIPTION")
    put("What is meant by a run, a task, a group, a wait, and the rules that hold for all functions:")
    put(".Xr quiesce 7 .")
    for (s = 1; s <= section; s++) {
        n = 0
        for (f = 1; f <= functions_n; f++) {
            if (of_section[functions[f]] != s)
                continue
            if (!n++) {
                put(".Ss " title[s])
                put(".Bl -tag -width Ds")
            }
            put(".It Xr " functions[f] " 3")
            put(fmt(phrase_of(doc[home[functions[f]]])))
        }
        if (n)
            put(".El")
    }
    put(".Sh SEE ALSO")
    put(".Xr sigsweep 1 ,")
    put(".Xr quiesce 7")
}

function print_overview(    s) {
    open_page("quiesce", 7, "quiesce", about)
    put(".Sh DESCRIPTION")
    sub(/^[^\n]*\n+/, "", prose[0])
    paragraphs = 0
    print_text(prose[0])
    for (s = 1; s <= section; s++)
        if (prose[s] != "") {
            put(".Sh " toupper(title[s]))
            paragraphs = 0
            print_text(prose[s])
        }
    print_example()
    put(".Sh SEE ALSO")
    put(".Xr sigsweep 1 ,")
    put(".Xr qs_run 3 ,")
    put(".Xr quiesce 3 ,")
    put(".Xr signal-safety 7")
}

# The program of docs/quiesce.md, which is built and run in the tests.
function print_example(    line) {
    put(".Sh EXAMPLES")
    put("Ten downloads, three at a time; each removes its unfinished file if it is interrupted.")
    put(".Bd -literal")
    while ((getline line < example) > 0) {
        gsub(/\\/, "\\e", line)
        gsub(/-/, "\\-", line)
        put(line ~ /^[.']/ ? "\\&" line : line)
    }
    put(".Ed")
}

END {
    to_prose()
    read_usual()
    for (i = 1; i <= functions_n; i++) {
        name = functions[i]
        if (home[name] != name)
            continue
        take_apart(name)
        if (returned == "" && decl[name] !~ /^void /)
            fail(line_of[name], name "(): its comment does not say what it returns, in a last paragraph")
        read_errors(name, returned)
    }
    if (failed)
        exit 1
    for (i = 1; i <= functions_n; i++)
        inherit(functions[i])
    give_homes()
    for (i = 1; i <= functions_n; i++)
        if (home[functions[i]] == functions[i])
            print_page(functions[i])
    print_list()
    print_overview()
    if (failed)
        exit 1
}
