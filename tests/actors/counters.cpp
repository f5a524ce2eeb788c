#define CAF_SUITE counters

#include "actors/inspect/counters.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace causeway;

CAF_TEST(every counter has a name of its own that suits a metric) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < counter_count; ++i) {
    auto name = to_string(static_cast<counter>(i));
    CAF_CHECK_NOT_EQUAL(name, "unknown");
    CAF_CHECK_EQUAL(
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), name.npos);
    names.insert(name);
  }
  CAF_CHECK_EQUAL(names.size(), counter_count);
  CAF_CHECK_EQUAL(to_string(static_cast<counter>(counter_count)), "unknown");
}

CAF_TEST(counters count apart from each other) {
  counters x;
  x.add(counter::stanzas_in);
  x.add(counter::stanzas_in, 4);
  x.add(counter::actors_failed);
  CAF_CHECK_EQUAL(x.get(counter::stanzas_in), 5u);
  CAF_CHECK_EQUAL(x.get(counter::actors_failed), 1u);
  CAF_CHECK_EQUAL(x.get(counter::stanzas_routed), 0u);
}

CAF_TEST(what several threads count adds up) {
  counters x;
  constexpr std::uint64_t each = 1'000;
  // More of them than there are places.
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 20; ++i)
    threads.emplace_back([&x] {
      for (std::uint64_t j = 0; j < each; ++j)
        x.add(counter::stanzas_in);
    });
  for (auto& thread : threads)
    thread.join();
  CAF_CHECK_EQUAL(x.get(counter::stanzas_in), threads.size() * each);
}
