/* fiber.cc - the work of bench_quiesce.c in Boost.Fiber, stackful tasks in C++. Prints lines of
 * `name value unit`. Left out: what it has no means for (cancellation, sockets), and a million
 * queued tasks (each has a stack here). */
#include <boost/fiber/all.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace fibers = boost::fibers;
using stacks = fibers::pooled_fixedsize_stack;

static stacks pool(32 * 1024);

template <typename Body> static fibers::fiber spawn(Body body)
{
    return fibers::fiber(fibers::launch::post, std::allocator_arg, pool, body);
}

static double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

static void show(const std::string &name, double value, const char *unit)
{
    std::printf("%s %.3f %s\n", name.c_str(), value, unit);
    std::fflush(stdout);
}

static void join(std::vector<fibers::fiber> &all)
{
    for (auto &one : all)
        one.join();
}

static void switching(int slots, long yields)
{
    std::vector<fibers::fiber> all;
    double begin = now();

    for (int i = 0; i < slots; i++)
        all.push_back(spawn([=] {
            for (long j = 0; j < yields; j++)
                boost::this_fiber::yield();
        }));
    join(all);
    show("switches_" + std::to_string(slots),
         double(slots) * double(yields) / (now() - begin) / 1e6, "M/s");
}

static void spawning(int n)
{
    double begin = now();

    for (int i = 0; i < n; i++)
        spawn([] {}).join();
    show("spawn_join", n / (now() - begin) / 1e6, "M/s");
}

static void handoff(long each)
{
    fibers::mutex permit;
    std::vector<fibers::fiber> all;
    double begin = now();

    for (int i = 0; i < 100; i++)
        all.push_back(spawn([&] {
            for (long j = 0; j < each; j++) {
                std::lock_guard<fibers::mutex> held(permit);
                boost::this_fiber::yield();
            }
        }));
    join(all);
    show("handoff", double(each) * 100 / (now() - begin) / 1e6, "M/s");
}

int main()
{
    switching(64, 50000);
    switching(1000, 5000);
    spawning(500000);
    handoff(5000);
    return 0;
}
