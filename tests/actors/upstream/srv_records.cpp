#define CAF_SUITE srv_records

#include "actors/upstream/srv_records.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;
using namespace std::chrono_literals;

namespace {

using answer = resolver::srv_answer;

answer one(std::uint32_t ttl) {
  return std::vector<srv_record>{{"a.example", 5222, 0, 0, ttl}};
}

const answer absent{dns_error{true, "no such name"}};
const answer broken{dns_error{false, "timed out"}};

struct fixture {
  void give(const answer& x) {
    CAF_REQUIRE(records.is_due(now));
    records.ask();
    CAF_CHECK(!records.is_due(now));
    records.take(x, now);
  }

  /// How long the last answer is kept.
  std::chrono::seconds life() {
    for (auto life = 0s; life < 5'000s; ++life)
      if (records.is_due(now + life))
        return life;
    return 0s;
  }

  srv_records::clock::time_point now{1'000s};
  srv_records records;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(srv_records_tests, fixture)

CAF_TEST(records are kept for their lifetime within bounds) {
  give(one(60));
  CAF_CHECK(life() == 60s);
  now += 60s;
  give(one(0));
  CAF_CHECK(life() == 5s);
  now += 5s;
  give(one(100'000));
  CAF_CHECK(life() == 3'600s);
}

CAF_TEST(that there are no records is asked again soon) {
  give(absent);
  CAF_CHECK(records.is_known());
  CAF_CHECK(records.list().empty());
  CAF_CHECK(life() == 5s);
}

CAF_TEST(records outlive a name server that does not answer) {
  give(one(60));
  for (int i = 0; i < 100; ++i) {
    now += life();
    give(broken);
    CAF_CHECK_EQUAL(records.error(), "timed out");
    CAF_CHECK_EQUAL(records.list().size(), 1u);
  }
  CAF_CHECK(life() == 5s);
  now += 5s;
  give(one(60));
  CAF_CHECK_EQUAL(records.error(), "");
}

CAF_TEST(records are forgotten only after they have been absent for a while) {
  give(one(60));
  now += 60s;
  give(absent);
  CAF_CHECK_EQUAL(records.list().size(), 1u);
  now += 29s;
  give(absent);
  CAF_CHECK_EQUAL(records.list().size(), 1u);
  now += 5s;
  give(absent);
  CAF_CHECK(records.list().empty());
  CAF_CHECK(records.is_known());
}

CAF_TEST(records that come back in between were never gone) {
  give(one(10));
  now += 10s;
  give(absent);
  now += 20s;
  give(one(10));
  now += 20s;
  give(absent);
  CAF_CHECK_EQUAL(records.list().size(), 1u);
}

CAF_TEST(a question without answer is new only the first time) {
  records.ask();
  CAF_CHECK(records.is_new());
  records.take(broken, now);
  CAF_CHECK(!records.is_new());
  now += 5s;
  records.ask();
  CAF_CHECK(!records.is_new());
  CAF_CHECK(!records.is_known());
}

CAF_TEST_FIXTURE_SCOPE_END()
