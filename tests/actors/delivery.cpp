#define CAF_SUITE delivery

#include "actors/routing/delivery.hpp"

#include "tests/support/routing_fixture.hpp"

#include <caf/test/dsl.hpp>

#include <memory>

using namespace causeway;

namespace {

struct recording_address : return_address {
  void give_back(delivery& x) noexcept override {
    ++given_back;
    credit = x.take_credit();
  }
  int given_back = 0;
  read_credit credit;
};

struct fixture {
  delivery_ptr make(read_credit credit = nullptr) {
    return std::make_shared<delivery>(
      test::parse("<message xmlns='jabber:client'/>"), 1, back,
      std::move(credit));
  }
  std::shared_ptr<recording_address> back =
    std::make_shared<recording_address>();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(delivery_tests, fixture)

CAF_TEST(the last holder gives back what is not settled) {
  auto x = make();
  auto other = x;
  x.reset();
  CAF_CHECK_EQUAL(back->given_back, 0);
  other.reset();
  CAF_CHECK_EQUAL(back->given_back, 1);
}

CAF_TEST(a settled stanza is not given back) {
  auto x = make();
  x->settle();
  x.reset();
  CAF_CHECK_EQUAL(back->given_back, 0);
}

CAF_TEST(a stanza that is given back takes its read credit along) {
  auto credit = std::make_shared<int>(1);
  auto x = make(credit);
  x.reset();
  CAF_CHECK(back->credit == credit);
}

CAF_TEST(the read credit can be taken once) {
  auto x = make(std::make_shared<int>(1));
  CAF_CHECK(x->take_credit() != nullptr);
  CAF_CHECK(x->credit() == nullptr);
  x->settle();
}

CAF_TEST(the order grows and stays when the stanza turns around) {
  auto x = make();
  auto y = make();
  CAF_CHECK_LESS(x->order(), y->order());
  auto before = x->order();
  CAF_CHECK(x->way() == direction::in);
  x->redirect(7);
  CAF_CHECK(x->way() == direction::out);
  CAF_CHECK_EQUAL(x->route(), 7u);
  CAF_CHECK_EQUAL(x->order(), before);
  x->settle();
  y->settle();
}

CAF_TEST_FIXTURE_SCOPE_END()
