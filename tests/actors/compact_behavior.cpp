#define CAF_SUITE compact_behavior

#include "actors/compact_behavior.hpp"

#include "actors/interfaces.hpp"

#include <caf/actor_cast.hpp>
#include <caf/make_message.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/test/dsl.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace causeway;

namespace {

using sample_actor = caf::typed_actor<
  // Moves the text out.
  caf::reacts_to<end_session>,
  // Only looks.
  caf::reacts_to<park_expired>,
  // Answers, answers later, refuses.
  caf::replies_to<restore_request>::with<restore_answer>,
  caf::replies_to<save_state>::with<state_saved>,
  caf::replies_to<journal_check>::with<journal_checked>,
  // Answers what waits.
  caf::reacts_to<journal_due>>;

struct sample_state {
  static inline const char* name = "sample";
  std::vector<std::string> seen;
  caf::typed_response_promise<state_saved> later;
  sample_actor::pointer self = nullptr;
};

using sample_pointer = sample_actor::stateful_pointer<sample_state>;

sample_actor::behavior_type sample(sample_pointer self) {
  self->state.self = self;
  return compact_behavior(
    self,
    [](sample_state& me, end_session& x) {
      me.seen.push_back(std::move(x.text));
    },
    [](sample_state& me, park_expired x) {
      me.seen.push_back(std::to_string(x.wait.value_or(0)));
    },
    [](sample_state&, const restore_request&) { return restore_answer{true}; },
    [](sample_state& me, save_state) -> caf::result<state_saved> {
      me.later = me.self->make_response_promise<state_saved>();
      return me.later;
    },
    [](sample_state&, journal_check) -> caf::result<journal_checked> {
      return caf::sec::bad_function_call;
    },
    [](sample_state& me, const journal_due&) {
      me.later.deliver(state_saved{true});
    });
}

struct fixture : test_coordinator_fixture<> {
  fixture() {
    aut = sys.spawn(sample);
    other = sys.spawn(sample);
    run();
  }
  ~fixture() override {
    caf::anon_send_exit(aut, caf::exit_reason::kill);
    caf::anon_send_exit(other, caf::exit_reason::kill);
    run();
  }

  const sample_state& state_of(const sample_actor& x) {
    return deref<caf::stateful_actor<sample_state, sample_actor::base>>(x)
      .state;
  }

  sample_actor aut;
  sample_actor other;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(compact_behavior_tests, fixture)

CAF_TEST(each message goes to its handler in order) {
  self->send(aut, end_session{{}, "one"});
  self->send(aut, park_expired{2});
  self->send(aut, end_session{{}, "three"});
  run();
  std::vector<std::string> expected{"one", "2", "three"};
  CAF_CHECK_EQUAL(state_of(aut).seen, expected);
}

CAF_TEST(a message that others have too stays whole) {
  auto shared = caf::make_message(end_session{{}, "a text for both of them"});
  for (auto& x : {aut, other})
    caf::anon_send(caf::actor_cast<caf::actor>(x), shared);
  run();
  std::vector<std::string> expected{"a text for both of them"};
  CAF_CHECK_EQUAL(state_of(aut).seen, expected);
  CAF_CHECK_EQUAL(state_of(other).seen, expected);
  CAF_CHECK_EQUAL(
    shared.get_as<end_session>(0).text, "a text for both of them");
}

CAF_TEST(an answer goes to who has asked) {
  auto answered = false;
  auto answer = self->request(aut, caf::infinite, restore_request{});
  run();
  answer.receive([&](restore_answer x) { answered = x.restored; },
    [](const caf::error& x) { CAF_FAIL(x); });
  CAF_CHECK(answered);
}

CAF_TEST(who asks what has no answer hears that it was done) {
  auto done = false;
  auto answer = self->request(aut, caf::infinite, end_session{{}, "one"});
  run();
  answer.receive([&] { done = true; }, [](caf::error& x) { CAF_FAIL(x); });
  CAF_CHECK(done);
}

CAF_TEST(an answer may come later) {
  auto answer = self->request(aut, caf::infinite, save_state{});
  run();
  self->send(aut, journal_due{});
  run();
  auto written = false;
  answer.receive([&](state_saved x) { written = x.written; },
    [](const caf::error& x) { CAF_FAIL(x); });
  CAF_CHECK(written);
}

CAF_TEST(an error goes to who has asked) {
  caf::error error;
  auto answer = self->request(aut, caf::infinite, journal_check{});
  run();
  answer.receive([](journal_checked) { CAF_FAIL("no error"); },
    [&](caf::error& x) { error = std::move(x); });
  CAF_CHECK_EQUAL(error, caf::sec::bad_function_call);
}

CAF_TEST(what is not in the interface is refused) {
  auto untyped = caf::actor_cast<caf::actor>(aut);
  for (auto& x :
    {caf::make_message(stop_request{}), caf::make_message(1, park_expired{})}) {
    caf::error error;
    auto answer = self->request(untyped, caf::infinite, x);
    run();
    answer.receive([] { CAF_FAIL("no error"); },
      [&](caf::error& y) { error = std::move(y); });
    CAF_CHECK_EQUAL(error, caf::sec::unexpected_message);
  }
  CAF_CHECK(state_of(aut).seen.empty());
}

CAF_TEST(it takes no memory for its handlers) {
  auto one = [](sample_state&, const journal_due&) {};
  auto two = [](sample_state&, const park_expired&) {};
  using small = compact_behavior_impl<sample_pointer, decltype(one)>;
  using large =
    compact_behavior_impl<sample_pointer, decltype(one), decltype(two)>;
  CAF_CHECK_EQUAL(sizeof(small), sizeof(large));
  CAF_CHECK_LESS_OR_EQUAL(sizeof(large), 56u);
}

CAF_TEST_FIXTURE_SCOPE_END()
