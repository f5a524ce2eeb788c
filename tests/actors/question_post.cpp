#define CAF_SUITE question_post

#include "actors/inspect/question_post.hpp"

#include "tests/support/fake_tree.hpp"

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

#include <memory>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

struct fixture : test_coordinator_fixture<> {
  fixture() {
    for (int i = 0; i < 3; ++i)
      actors.push_back(sys.spawn(fake_actor, make_snapshot("router")));
    silent = sys.spawn(silent_actor);
  }

  ~fixture() override {
    post.reset();
    for (auto& x : actors)
      anon_send_exit(x, caf::exit_reason::kill);
    anon_send_exit(silent, caf::exit_reason::kill);
    run();
  }

  // `expect` is a macro of CAF here.
  void want(std::size_t answers) { (post->expect)(answers); }

  void ask(const std::vector<inspectable_actor>& all) {
    std::vector<question_post::question> questions;
    for (auto& x : all)
      questions.push_back({x, x.id()});
    post->send(questions, {});
    consume_messages();
  }

  std::vector<inspectable_actor> actors;
  inspectable_actor silent;
  std::vector<std::chrono::milliseconds> alarms;
  std::unique_ptr<question_post> post = std::make_unique<question_post>(
    sys, [this](auto delay) { alarms.push_back(delay); });
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(question_post_tests, fixture)

CAF_TEST(answers come with their numbers) {
  want(3);
  ask(actors);
  auto all = post->take();
  CAF_REQUIRE_EQUAL(all.size(), 3u);
  for (auto& x : all) {
    CAF_REQUIRE(x.snapshot() != nullptr);
    CAF_CHECK_EQUAL(x.snapshot()->id, x.number());
  }
  CAF_CHECK(post->take().empty());
}

CAF_TEST(the owner hears soon of the first answer and at once of enough) {
  want(3);
  ask({actors[0], actors[1]});
  CAF_REQUIRE_EQUAL(alarms.size(), 1u);
  CAF_CHECK(alarms[0] > 0ms);
  ask({actors[2]});
  CAF_REQUIRE_EQUAL(alarms.size(), 2u);
  CAF_CHECK_EQUAL(alarms[1].count(), 0);
  CAF_CHECK_EQUAL(post->take().size(), 3u);
}

CAF_TEST(one that is silent does not keep the answers of others) {
  want(2);
  ask({silent, actors[0]});
  CAF_REQUIRE_EQUAL(alarms.size(), 1u);
  CAF_CHECK_EQUAL(post->take().size(), 1u);
}

CAF_TEST(enough may turn out to be there already) {
  want(2);
  ask({silent, actors[0]});
  alarms.clear();
  want(1);
  CAF_REQUIRE_EQUAL(alarms.size(), 1u);
  CAF_CHECK_EQUAL(alarms[0].count(), 0);
}

CAF_TEST(an actor that has ended answers without a snapshot) {
  anon_send_exit(actors[0], caf::exit_reason::kill);
  consume_messages();
  want(1);
  ask({actors[0]});
  auto all = post->take();
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].number(), actors[0].id());
  CAF_CHECK(all[0].snapshot() == nullptr);
}

CAF_TEST(answers may come when nobody wants them any more) {
  post->send({{actors[0], 1}}, {});
  post.reset();
  consume_messages();
  CAF_CHECK(alarms.empty());
}

CAF_TEST(more than a batch are all asked) {
  std::vector<inspectable_actor> many;
  for (int i = 0; i < 200; ++i)
    many.push_back(sys.spawn(fake_actor, make_snapshot("router")));
  want(200);
  ask(many);
  CAF_CHECK_EQUAL(post->take().size(), 200u);
  for (auto& x : many)
    anon_send_exit(x, caf::exit_reason::kill);
}

CAF_TEST_FIXTURE_SCOPE_END()
