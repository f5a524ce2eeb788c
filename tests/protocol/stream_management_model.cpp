#define CAF_SUITE stream_management_model

#include "tests/support/sm_world.hpp"

#include <caf/test/dsl.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace causeway::protocol;
using namespace causeway::test;

namespace {

using std::uint32_t;

constexpr uint32_t max_h = 0xffffffff;

// -- mutants: each breaks one rule, and shall be caught by what comes of it ---

struct mutant : sm_parts {
  static constexpr bool shows_counters = false;
};

/// `<resumed/>` tells one stanza too many.
struct tells_one_more : mutant {
  struct machine : stream_management {
    using stream_management::stream_management;
    sm_actions resumed(std::string_view previd) {
      enable_at(received() + 1);
      auto actions = stream_management::resumed(previd);
      enable_at(received() - 1);
      return actions;
    }
  };
};

/// Of what `h` covers, one stanza stays.
struct keeps_one_more : mutant {
  struct queue : resend_queue<int> {
    using resend_queue<int>::resend_queue;
    template <class F>
    ack_verdict acknowledge(uint32_t h, F&& forget) {
      auto step = judge(h) == ack_verdict::progress && h != acked() ? 1u : 0u;
      return resend_queue<int>::acknowledge(h - step, forget);
    }
  };
};

/// Counters are compared as if they never wrapped.
struct compares_without_wrap : mutant {
  struct queue : resend_queue<int> {
    using resend_queue<int>::resend_queue;
    ack_verdict judge(uint32_t h) const {
      return h < acked()  ? ack_verdict::stale
             : h > sent() ? ack_verdict::too_high
                          : ack_verdict::progress;
    }
    template <class F>
    ack_verdict acknowledge(uint32_t h, F&& forget) {
      auto verdict = judge(h);
      return verdict == ack_verdict::progress
               ? resend_queue<int>::acknowledge(h, forget)
               : verdict;
    }
  };
};

/// The counter of what was received stops at its end.
struct counts_without_wrap : mutant {
  struct machine : stream_management {
    using stream_management::stream_management;
    sm_actions stanza_received(std::size_t bytes) {
      return received() == max_h ? sm_actions{}
                                 : stream_management::stanza_received(bytes);
    }
  };
};

/// A stanza is acknowledged before its next holder has it.
struct acks_before_hand_over : mutant {
  static constexpr bool counts_too_early = true;
};

/// A stanza that will not be sent again counts as received by the client.
struct counts_what_is_taken_out : mutant {
  template <class Queue>
  static int take_out(Queue& queue) {
    auto number = 0;
    queue.acknowledge(queue.acked() + 1, [&number](int x) { number = x; });
    return number;
  }
};

// -- where every order of events is tried -------------------------------------

using enum sm_event;

const std::vector<sm_step> to_enabled{
  {client_enables}, {up, 1}, {id_comes}, {down, 1}};

const std::vector<sm_step> to_half_way{{client_enables}, {up, 1}, {id_comes},
  {down, 1}, {client_sends}, {client_sends}, {server_sends}, {server_sends},
  {up, 1}, {down, 1}};

// The client has given up one attempt to resume, whose `<resume/>` is still on
// its way.
const std::vector<sm_step> to_race{{client_enables}, {up, 1}, {id_comes},
  {down, 1}, {client_sends}, {server_sends}, {client_leaves}, {client_resumes},
  {client_leaves}, {client_resumes}};

// The same, after the other attempt has gone well.
const std::vector<sm_step> to_overtaken{{client_enables}, {up, 1}, {id_comes},
  {down, 1}, {client_sends}, {server_sends}, {client_leaves}, {client_resumes},
  {client_leaves}, {client_resumes}, {up, 3}, {down, 3}, {down, 3},
  {client_acks}};

const std::vector<sm_step> to_parked{{client_enables}, {up, 1}, {id_comes},
  {down, 1}, {client_sends}, {server_sends}, {client_leaves}, {server_loses}};

// -- walks --------------------------------------------------------------------

struct walk_result {
  /// Empty if nothing went wrong.
  std::string fault;
  /// Of the last walk.
  unsigned seed = 0;
  sm_tally tally;
};

// So that a walk comes to what is worth a look: elements arrive sooner than
// connections break.
unsigned weight(sm_event x) {
  switch (x) {
  case client_enables: return 200;
  case up:
  case down:
  case taken:
  case id_comes:
  case client_sends:
  case server_sends:
  case client_resumes: return 100;
  case client_requests:
  case client_acks:
  case server_requests:
  case time_passes:
  case client_leaves: return 30;
  case server_loses: return 20;
  case poison_found: return 5;
  case session_expires: return 1;
  }
  return 0;
}

sm_step choose(const std::vector<sm_step>& from, std::mt19937& random) {
  auto sum = 0u;
  for (auto& x : from)
    sum += weight(x.what);
  auto rest = random() % sum;
  auto i = from.begin();
  for (; rest >= weight(i->what); ++i)
    rest -= weight(i->what);
  return *i;
}

/// One random walk to its end.
template <class Parts>
sm_world<Parts> wander(unsigned seed, bool near_wrap) {
  std::mt19937 random{seed};
  auto begin = [&] {
    auto before = static_cast<uint32_t>(random() % 12);
    return near_wrap ? max_h - before : before;
  };
  sm_world<Parts> world{{begin(), begin(), random() % 2 == 0}};
  // Others break before there is anything to resume.
  if (random() % 8 != 0)
    for (auto& x : to_enabled)
      world.perform(x);
  for (auto steps = random() % 300; steps > 0; --steps) {
    auto choices = world.choices();
    if (choices.empty() || !world.fault().empty())
      break;
    world.perform(choose(choices, random));
  }
  if (world.fault().empty())
    world.settle();
  return world;
}

void add(sm_tally& to, const sm_tally& x) {
  to.resumed += x.resumed;
  to.taken_over += x.taken_over;
  to.overtaken += x.overtaken;
  to.refused += x.refused;
  to.expired += x.expired;
  to.too_late += x.too_late;
  to.unsendable += x.unsendable;
  to.wrapped += x.wrapped;
}

/// Random walks until the first fault; the seed of each is its number.
template <class Parts>
walk_result walk(unsigned walks, bool near_wrap = true) {
  walk_result result;
  while (result.seed < walks && result.fault.empty()) {
    auto world = wander<Parts>(++result.seed, near_wrap);
    result.fault = world.fault();
    add(result.tally, world.tally());
  }
  return result;
}

/// Every order of the next `depth` events; returns the number of ends.
template <class Parts>
unsigned explore(const sm_world<Parts>& from, int depth, std::string& fault) {
  if (depth == 0) {
    auto world = from;
    world.settle();
    if (!world.fault().empty())
      fault = world.fault();
    return 1;
  }
  auto ends = 0u;
  for (auto& next : from.choices()) {
    auto world = from;
    world.perform(next);
    if (!world.fault().empty())
      fault = world.fault();
    if (!fault.empty())
      return ends;
    ends += explore(world, depth - 1, fault);
  }
  return ends;
}

template <class Parts>
sm_world<Parts> led_to(
  const sm_start& start, const std::vector<sm_step>& steps) {
  sm_world<Parts> world{start};
  for (auto& x : steps)
    world.perform(x);
  CAF_REQUIRE_EQUAL(world.fault(), "");
  return world;
}

template <class Mutant>
bool is_caught() {
  auto result = walk<Mutant>(2500);
  CAF_MESSAGE("walk " << result.seed << ": " << result.fault);
  return !result.fault.empty();
}

} // namespace

CAF_TEST(no random walk loses or doubles or reorders a stanza) {
  auto result = walk<sm_parts>(2500);
  CAF_CHECK_EQUAL(result.fault, "");
  CAF_CHECK_EQUAL(result.seed, 2500u);
  auto& tally = result.tally;
  CAF_MESSAGE("resumed " << tally.resumed << ", taken over " << tally.taken_over
                         << ", overtaken " << tally.overtaken << ", refused "
                         << tally.refused << ", expired " << tally.expired
                         << ", too late " << tally.too_late << ", unsendable "
                         << tally.unsendable << ", wrapped " << tally.wrapped);
  CAF_CHECK(tally.resumed > 2500u);
  CAF_CHECK(tally.unsendable > 50u);
  CAF_CHECK(tally.refused > 0u);
  for (auto n : {tally.taken_over, tally.overtaken, tally.expired,
         tally.too_late, tally.wrapped})
    CAF_CHECK(n > 100u);
  CAF_CHECK_EQUAL(walk<sm_parts>(500, false).fault, "");
}

CAF_TEST(no short order of events loses or doubles or reorders a stanza) {
  auto ends = 0u;
  for (auto local : {false, true})
    for (auto& [steps, depth] :
      {std::pair{std::vector<sm_step>{}, 5}, {to_enabled, 4}, {to_half_way, 4},
        {to_race, 4}, {to_overtaken, 4}, {to_parked, 4}}) {
      std::string fault;
      auto from = led_to<sm_parts>({max_h - 1, max_h - 1, local}, steps);
      ends += explore(from, depth, fault);
      CAF_REQUIRE_EQUAL(fault, "");
    }
  CAF_MESSAGE(ends << " ends");
  CAF_CHECK(ends > 10'000u);
}

CAF_TEST(a mutant that is off by one is caught) {
  CAF_CHECK(is_caught<tells_one_more>());
  CAF_CHECK(is_caught<keeps_one_more>());
  CAF_CHECK(is_caught<counts_what_is_taken_out>());
}

CAF_TEST(a mutant that does not wrap is caught near the wrap alone) {
  CAF_CHECK(is_caught<compares_without_wrap>());
  CAF_CHECK(is_caught<counts_without_wrap>());
  CAF_CHECK_EQUAL(walk<compares_without_wrap>(500, false).fault, "");
  CAF_CHECK_EQUAL(walk<counts_without_wrap>(500, false).fault, "");
}

CAF_TEST(a mutant that acknowledges before the hand over is caught) {
  CAF_CHECK(is_caught<acks_before_hand_over>());
}
