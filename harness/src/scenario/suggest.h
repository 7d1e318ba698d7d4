/* suggest.h - "did you mean ...": the word nearest to a misspelt one, by edit distance. */
#ifndef SIGSWEEP_SUGGEST_H
#define SIGSWEEP_SUGGEST_H

struct suggestion {
    const char *typed; /* what was written */
    const char *word;  /* the nearest candidate so far; NULL: none is near enough to be meant */
    unsigned distance; /* of word, or one more than what is still near enough */
};

struct suggestion suggest_for(const char *typed);
void suggest_try(struct suggestion *s, const char *candidate); /* keeps the pointer */

#endif
