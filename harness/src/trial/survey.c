#include "trial/survey.h"

#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

void survey_init(struct survey *s, const struct point *set)
{
    *s = (struct survey){.set = set, .most = SIZE_MAX};
    s->sites = mem_alloc(sizeof(*s->sites));
    s->sites_n = 1;
}

void survey_free(struct survey *s)
{
    for (size_t i = 0; i < s->names_n; i++)
        free(s->names[i]);
    for (size_t i = 0; i < s->sites_n; i++)
        site_free(&s->sites[i]);
    free(s->names);
    free(s->sites);
    free(s->points);
    free(s->threads);
    *s = (struct survey){0};
}

char *survey_name(struct survey *s, const char *name)
{
    for (size_t i = 0; i < s->names_n; i++) {
        if (strcmp(s->names[i], name) == 0)
            return s->names[i];
    }
    s->names = mem_grow(s->names, s->names_n + 1, sizeof(*s->names));
    s->names[s->names_n] = mem_strdup(name);
    return s->names[s->names_n++];
}

uint32_t survey_site(struct survey *s, struct site *site)
{
    for (size_t i = s->sites_n; i-- > 0;) { /* the latest are the likeliest */
        if (site_same(&s->sites[i], site)) {
            site_free(site);
            return (uint32_t)i;
        }
    }
    s->sites = mem_grow(s->sites, s->sites_n + 1, sizeof(*s->sites));
    s->sites[s->sites_n] = *site;
    *site = (struct site){0};
    return (uint32_t)s->sites_n++;
}

size_t survey_thread(struct survey *s, const struct point *p)
{
    for (size_t i = s->threads_n; i-- > 0;) { /* the latest are the likeliest */
        if (s->threads[i].process == p->process && s->threads[i].thread == p->thread)
            return i;
    }
    s->threads = mem_grow(s->threads, s->threads_n + 1, sizeof(*s->threads));
    s->threads[s->threads_n] =
        (struct survey_thread){.process = p->process, .thread = p->thread, .maker = s->threads_n};
    return s->threads_n++;
}

void survey_born(struct survey *s, const struct point *maker, const struct point *made)
{
    size_t by = survey_thread(s, maker), child = survey_thread(s, made);

    if (by == child)
        return;
    s->threads[child].maker = by;
    s->threads[child].after = s->threads[by].n;
}

void survey_add(struct survey *s, const struct point *p, uint32_t site)
{
    size_t thread;

    if (s->n >= s->most) {
        s->more++;
        return;
    }
    if ((s->n & (s->n - 1)) == 0) /* room for the next power of two */
        s->points = mem_grow(s->points, s->n == 0 ? 1 : 2 * s->n, sizeof(*s->points));
    s->points[s->n++] = (struct survey_point){.point = *p, .site = site};
    thread = survey_thread(s, p);
    s->threads[thread].n++;
}
