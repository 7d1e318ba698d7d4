#include "plan/expand.h"

#include "plan/points.h"
#include "support/rng.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------- samples */

/* Picks `want` of `all` in order, every choice as likely as any other (Knuth, algorithm S). */
struct sampling {
    struct rng rng;
    uint64_t left, want;
};

static bool sample_next(struct sampling *s)
{
    bool taken = rng_below(&s->rng, s->left) < s->want;

    s->left--;
    s->want -= taken;
    return taken;
}

static struct sampling sampling_of(const struct plan *p, const struct plan_part *part,
                                   uint64_t salt, uint64_t number, uint64_t want, uint64_t all)
{
    return (struct sampling){.rng = rng_for(p->seed ^ salt, part->scenario->name, number),
                             .left = all,
                             .want = want < all ? want : all};
}

#define SALT_SET   0x51a3u
#define SALT_ROWS  0x70b5u
#define SALT_TOTAL 0xca9u

/* -------------------------------------------------------------------------------- levels */

static struct interrupt *prefix_with(const struct plan_row *row, struct interrupt next)
{
    struct interrupt *list = mem_alloc((row->prefix_n + 1) * sizeof(*list));

    for (size_t i = 0; i < row->prefix_n; i++) {
        list[i] = row->prefix[i];
        list[i].when = point_copy(&row->prefix[i].when);
    }
    list[row->prefix_n] = next;
    return list;
}

static size_t choices(const struct plan_part *part, const struct plan_row *row)
{
    const struct interrupt *in = &part->scenario->interrupts[part->level];

    return in->when.kind == POINT_EACH ? row->options_n : plan_draws(in);
}

static struct interrupt choice_of(const struct plan *p, const struct plan_part *part,
                                  const struct plan_row *row, size_t choice)
{
    const struct interrupt *in = &part->scenario->interrupts[part->level];

    if (in->when.kind == POINT_EACH)
        return plan_option(p, in, &row->options[choice]);
    return plan_definite(p, part->scenario, part->level, choice);
}

/* Multiplies the rows by what they may have next. */
static void spread(struct plan *p, struct plan_part *part)
{
    struct plan_row *rows = NULL;
    size_t all = 0, n = 0;
    struct sampling s;

    for (size_t i = 0; i < part->rows_n; i++)
        all += choices(part, &part->rows[i]);
    s = sampling_of(p, part, SALT_ROWS, part->level, PART_ROWS_MAX, all);
    part->sampled_out += all - s.want;
    rows = mem_alloc((s.want + 1) * sizeof(*rows));
    for (size_t i = 0; i < part->rows_n; i++) {
        struct plan_row *row = &part->rows[i];
        size_t many = choices(part, row);
        for (size_t k = 0; k < many; k++) {
            if (!sample_next(&s))
                continue;
            rows[n++] = (struct plan_row){.prefix = prefix_with(row, choice_of(p, part, row, k)),
                                          .prefix_n = row->prefix_n + 1,
                                          .idle = row->idle,
                                          .trials = 1};
        }
        points_free(row->prefix, row->prefix_n);
        free(row->options);
    }
    free(part->rows);
    part->rows = rows;
    part->rows_n = n;
    part->level++;
}

bool expand_on(struct plan *p, struct plan_part *part)
{
    const struct scenario *s = part->scenario;

    if (part->rows == NULL) {
        part->rows = mem_alloc(sizeof(*part->rows));
        part->rows_n = 1;
    } else if (part->level + 1 < s->interrupts_n) {
        spread(p, part); /* the options of the set that was surveyed */
    } else {
        part->level++;
    }
    while (part->level < s->interrupts_n && s->interrupts[part->level].when.kind != POINT_EACH)
        spread(p, part);
    return part->level < s->interrupts_n && part->rows_n != 0;
}

const struct interrupt *expand_set(const struct plan_part *part, const struct plan_row *row)
{
    return &part->scenario->interrupts[row->prefix_n];
}

/* ------------------------------------------------------------------------------- surveys */

struct packed_head {
    uint64_t options_n, left_out;
    uint32_t names_n, sites_n;
    uint8_t reached, idle, sharing;
};

static void pack_text(struct buf *out, const char *text)
{
    buf_add(out, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
}

/* The first name of a packed survey is empty: that of points without a text. */
static uint32_t name_index(const struct survey *s, const char *text, uint32_t *last)
{
    if (text == NULL)
        return 0;
    if (*last != 0 && s->names[*last - 1] == text)
        return *last;
    for (size_t i = 0; i < s->names_n; i++) {
        if (s->names[i] == text)
            return *last = (uint32_t)i + 1;
    }
    return 0;
}

static struct plan_option pack_option(const struct survey *s, const struct survey_point *at,
                                      uint32_t *last)
{
    struct plan_option o;

    memset(&o, 0, sizeof(o)); /* its padding travels too */
    o.name = name_index(s, at->point.text, last);
    o.site = at->site;
    o.nth = at->point.nth;
    o.thread = at->point.thread;
    o.process = at->point.process;
    o.offset = at->point.offset;
    o.kind = (uint8_t)at->point.kind;
    o.side = (uint8_t)at->point.side;
    return o;
}

void expand_pack(const struct plan *p, const struct plan_part *part, const struct plan_row *row,
                 const struct survey *s, struct buf *out)
{
    unsigned limit = expand_set(part, row)->limit;
    size_t want = limit != 0 && limit < PART_TRIALS_MAX ? limit : PART_TRIALS_MAX;
    size_t n = s->reached ? s->n : 0;
    struct sampling sample =
        sampling_of(p, part, SALT_SET + row->prefix_n, (uint64_t)(row - part->rows), want, n);
    struct packed_head head;
    uint32_t last = 0;

    memset(&head, 0, sizeof(head));
    head.options_n = sample.want;
    head.left_out = n - sample.want + s->more;
    head.names_n = (uint32_t)s->names_n + 1;
    head.sites_n = (uint32_t)s->sites_n;
    head.reached = s->reached;
    head.idle = s->idle;
    head.sharing = s->sharing;
    buf_add(out, &head, sizeof(head));
    for (size_t i = 0; i < n; i++) {
        if (sample_next(&sample)) {
            struct plan_option o = pack_option(s, &s->points[i], &last);
            buf_add(out, &o, sizeof(o));
        }
    }
    pack_text(out, "");
    for (size_t i = 0; i < s->names_n; i++)
        pack_text(out, s->names[i]);
    for (size_t i = 0; i < s->sites_n; i++) {
        pack_text(out, s->sites[i].function);
        pack_text(out, s->sites[i].object);
        pack_text(out, s->sites[i].file);
        buf_add(out, &s->sites[i].line, sizeof(s->sites[i].line));
    }
}

static const char *next_text(const char **at)
{
    const char *text = *at;

    *at += strlen(text) + 1;
    return text;
}

static char *next_owned(const char **at)
{
    const char *text = next_text(at);

    return *text != '\0' ? mem_strdup(text) : NULL;
}

static uint32_t plan_name(struct plan *p, const char *name)
{
    for (size_t i = 0; i < p->names_n; i++) {
        if (strcmp(p->names[i], name) == 0)
            return (uint32_t)i;
    }
    p->names = mem_grow(p->names, p->names_n + 1, sizeof(*p->names));
    p->names[p->names_n] = mem_strdup(name);
    return (uint32_t)p->names_n++;
}

static uint32_t plan_site(struct plan *p, struct site *site)
{
    if (p->sites_n == 0) {
        p->sites = mem_alloc(sizeof(*p->sites));
        p->sites_n = 1;
    }
    for (size_t i = 0; i < p->sites_n; i++) {
        if (site_same(&p->sites[i], site)) {
            site_free(site);
            return (uint32_t)i;
        }
    }
    p->sites = mem_grow(p->sites, p->sites_n + 1, sizeof(*p->sites));
    p->sites[p->sites_n] = *site;
    return (uint32_t)p->sites_n++;
}

bool expand_take(struct plan *p, struct plan_part *part, struct plan_row *row, const void *packed,
                 size_t len)
{
    struct packed_head head;
    const char *at = packed;
    uint32_t *names, *sites;

    memcpy(&head, at, sizeof(head));
    at += sizeof(head);
    (void)len; /* its own worker's word */
    row->options_n = head.options_n;
    row->trials = head.options_n;
    row->options = mem_alloc((head.options_n + 1) * sizeof(*row->options));
    memcpy(row->options, at, head.options_n * sizeof(*row->options));
    at += head.options_n * sizeof(*row->options);
    names = mem_alloc(head.names_n * sizeof(*names));
    sites = mem_alloc((head.sites_n + 1) * sizeof(*sites));
    for (uint32_t i = 0; i < head.names_n; i++)
        names[i] = plan_name(p, next_text(&at));
    for (uint32_t i = 0; i < head.sites_n; i++) {
        struct site site = {.function = next_owned(&at)};
        site.object = next_owned(&at);
        site.file = next_owned(&at);
        memcpy(&site.line, at, sizeof(site.line));
        at += sizeof(site.line);
        sites[i] = plan_site(p, &site);
    }
    for (size_t i = 0; i < row->options_n; i++) {
        row->options[i].name = names[row->options[i].name];
        row->options[i].site = sites[row->options[i].site];
    }
    free(names);
    free(sites);
    row->surveyed = true;
    row->idle = head.idle;
    row->sharing = head.sharing;
    part->idle |= head.idle;
    part->sampled_out += head.left_out;
    part->unreached += !head.reached;
    return head.reached;
}

/* ----------------------------------------------------------------------------------- end */

static size_t part_trials(const struct plan_part *part)
{
    size_t all = 0;

    for (size_t i = 0; i < part->rows_n; i++)
        all += part->rows[i].trials;
    return all;
}

static void sample_row(struct plan_row *row, struct sampling *s)
{
    size_t kept = 0;

    for (size_t k = 0; k < row->trials; k++) {
        if (!sample_next(s))
            continue;
        if (row->options != NULL)
            row->options[kept] = row->options[k];
        kept++;
    }
    row->trials = kept;
    row->options_n = row->options != NULL ? kept : 0;
}

void expand_end(struct plan *p, struct plan_part *part)
{
    size_t all = part_trials(part);
    struct sampling s = sampling_of(p, part, SALT_TOTAL, 0, PART_TRIALS_MAX, all);

    part->sampled_out += all - s.want;
    for (size_t i = 0; i < part->rows_n && all > PART_TRIALS_MAX; i++)
        sample_row(&part->rows[i], &s);
    if (all == 0 && part->empty == NULL)
        part->empty =
            mem_strdup(part->unreached != 0 ? "the survey did not reach where its set begins"
                                            : "its set is empty: no such point occurred");
}
