# The errors of each function, from the paragraph on what it returns: `-EINVAL (no fn)`; where no reason stands there,
# the usual one; and those of functions that it names: `what qs_spawn() returns`.

# The text in the brackets that text begins with.
function bracketed(text,    i, depth, c) {
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        depth += (c == "(") - (c == ")")
        if (!depth)
            return substr(text, 2, i - 2)
    }
    return ""
}

# errors[name, code] and codes[name]: from "-EINVAL (no fn)", from the default, and from functions that it names.
function read_errors(name, text,    code, why, at) {
    gsub(/\n/, " ", text)
    at = text
    while (match(at, /-E[A-Z]+/)) {
        code = substr(at, RSTART + 1, RLENGTH - 1)
        at = substr(at, RSTART + RLENGTH)
        why = at ~ /^ \(/ ? bracketed(substr(at, 2)) : usual[code]
        if (why == "" && !((name, code) in errors))
            fail(line_of[name], name "(): why does it return -" code "? Put that in brackets after it")
        add_error(name, code, why)
    }
    at = text
    while (match(at, /(what|Errors as of) qs_[a-z_]+\(\)( and qs_[a-z_]+\(\))?/)) {
        why = substr(at, RSTART, RLENGTH)
        at = substr(at, RSTART + RLENGTH)
        while (match(why, /qs_[a-z_]+/)) {
            inherits[name] = inherits[name] " " substr(why, RSTART, RLENGTH)
            why = substr(why, RSTART + RLENGTH)
        }
    }
    if (match(text, /-errno of [a-z0-9]+\(2\)( or [a-z0-9]+\(2\))?/))
        system_errors[name] = substr(text, RSTART + 10, RLENGTH - 10)
    if (is_wait)
        add_error(name, "EPERM", usual["EPERM"])
}

function add_error(name, code, why) {
    if (!((name, code) in errors))
        codes[name] = codes[name] " " code
    if (!((name, code) in errors) || errors[name, code] == usual[code])
        errors[name, code] = why
}

function inherit(name,    list, n, i, code, c, m) {
    if (inherits[name] == "")
        return
    n = split(inherits[name], list, " ")
    inherits[name] = ""
    for (i = 1; i <= n; i++) {
        inherit(list[i])
        m = split(codes[list[i]], code, " ")
        for (c = 1; c <= m; c++)
            if (!((name, code[c]) in errors))
                add_error(name, code[c], errors[list[i], code[c]])
        if (system_errors[name] == "")
            system_errors[name] = system_errors[list[i]]
    }
}

# The usual meanings, from the first comment of the header.
function read_usual(    n, line, i, code) {
    n = split(prose[0], line, "\n")
    for (i = 1; i <= n; i++)
        if (match(line[i], /^ +- -E[A-Z]+: /)) {
            code = substr(line[i], 1, RLENGTH)
            gsub(/[^A-Z]/, "", code)
            usual[code] = substr(line[i], RLENGTH + 1)
        }
}

function print_errors(name,    n, list, i) {
    n = split(codes[name], list, " ")
    if (!n && system_errors[name] == "")
        return
    put(".Sh ERRORS")
    put("Errors are returned as negative numbers;")
    put(".Va errno")
    put("does not matter.")
    sort(list, n)
    if (n) {
        put(".Bl -tag -width Er")
        for (i = 1; i <= n; i++) {
            put(".It Bq Er " list[i])
            put(sentences(begun(errors[name, list[i]]) "."))
        }
        put(".El")
    }
    if (system_errors[name] != "") {
        put(".Pp")
        put("Besides these, those of " fmt(system_errors[name]) ".")
    }
}
