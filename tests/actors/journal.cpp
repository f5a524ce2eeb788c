#define CAF_SUITE journal

#include "actors/domain/journal_database.hpp"
#include "actors/domain/journal_writer.hpp"
#include "actors/domain/sqlite.hpp"
#include "protocol/element_parser.hpp"
#include "tests/support/memory_database.hpp"
#include "tests/support/stream_fixture.hpp"

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

constexpr session_key key{1, 2};

protocol::element_ptr stanza() {
  auto x = protocol::parse_message("<message xmlns='jabber:client'/>");
  return std::make_shared<const protocol::stream_element>(std::move(*x));
}

struct fixture : test_coordinator_fixture<> {
  fixture() { start(); }
  ~fixture() override { anon_send_exit(writer, caf::exit_reason::kill); }

  void start() {
    writer = sys.spawn(journal_writer, kept);
    consume_messages();
  }
  std::size_t rows() {
    auto x = database->load();
    CAF_REQUIRE(x.has_value());
    return x->loose.size();
  }
  stanza_written row(journal_id id) {
    return {id, {}, 0, std::chrono::system_clock::now(), stanza()};
  }
  void break_disk() {
    accounts->connection()->execute("ALTER TABLE journal RENAME TO gone");
  }
  void mend_disk() {
    accounts->connection()->execute("ALTER TABLE gone RENAME TO journal");
  }

  std::shared_ptr<account_database> accounts = make_accounts();
  std::shared_ptr<journal_database> database =
    std::make_shared<journal_database>(accounts->connection());
  std::shared_ptr<causeway::journal> kept =
    std::make_shared<causeway::journal>(database, 0);
  journal_writer_actor writer;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_tests, fixture)

CAF_TEST(what has gathered is written in one transaction) {
  for (journal_id id = 1; id <= 3; ++id)
    kept->write(row(id));
  CAF_CHECK_EQUAL(rows(), 0u);
  CAF_CHECK_EQUAL(kept->waiting(), 3u);
  expect((journal_due), to(writer));
  disallow((journal_due), to(writer));
  CAF_CHECK_EQUAL(rows(), 3u);
  CAF_CHECK_EQUAL(kept->waiting(), 0u);
}

CAF_TEST(what belongs together is taken together) {
  kept->write({row(1), row(2)}, tracker_actor{}, 1);
  CAF_CHECK_EQUAL(kept->waiting(), 2u);
  expect((journal_due), to(writer));
  disallow((journal_due), to(writer));
  CAF_CHECK_EQUAL(rows(), 2u);
}

CAF_TEST(a row is deleted once its stanza is settled) {
  auto x = kept->make_row();
  kept->write(row(x->id()));
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 1u);
  {
    delivery y{stanza(), 1, nullptr, nullptr, 0, direction::in,
      stanza_origin{0, {}, nullptr, x}};
    y.settle();
  }
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(of several copies the first one decides) {
  auto x = kept->make_row();
  auto next = x->claim();
  CAF_REQUIRE(next != nullptr);
  CAF_CHECK(x->claim() == nullptr);
  kept->write(row(next->id()));
  x->done();
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 1u);
  next->done();
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(what is left to the next process stays) {
  auto x = kept->make_row();
  kept->write(row(x->id()));
  delivery y{stanza(), 1, nullptr, nullptr, 0, direction::out,
    stanza_origin{0, {}, nullptr, x}};
  x = nullptr;
  y.abandon();
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 1u);
}

CAF_TEST(a disk that fails is asked again and nothing is lost) {
  break_disk();
  kept->write(row(1));
  consume_messages();
  CAF_CHECK_EQUAL(kept->waiting(), 1u);
  kept->write(row(2));
  consume_messages();
  mend_disk();
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 0u);
  advance_time(journal_pause);
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 2u);
}

CAF_TEST(a new writer goes on where a dead one stopped) {
  anon_send_exit(writer, caf::exit_reason::kill);
  consume_messages();
  kept->write(row(1));
  consume_messages();
  CAF_CHECK_EQUAL(rows(), 0u);
  start();
  CAF_CHECK_EQUAL(rows(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
