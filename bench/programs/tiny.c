/* tiny.c - the program of the spawn benchmarks: returns at once. */
int main(void)
{
    return 0;
}
