#define CAF_SUITE offline_database

#include "actors/domain/offline_database.hpp"

#include "actors/domain/sqlite.hpp"
#include "tests/support/memory_database.hpp"

#include <caf/test/dsl.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

using namespace causeway;
using namespace causeway::test;
using namespace std::chrono_literals;

namespace {

using time_point = offline_database::time_point;

constexpr auto juliet = "juliet@localhost";
constexpr auto romeo = "romeo@localhost";
constexpr time_point noon =
  std::chrono::sys_days{std::chrono::January / 2 / 2026} + 12h;

struct fixture {
  /// What became of each, as a letter: stored, full, unknown.
  std::string write(const std::vector<offline_database::message>& added,
    const std::vector<offline_id>& done = {}) {
    auto outcomes = database.write(added, done);
    if (!outcomes)
      return "error";
    std::string out;
    for (auto x : *outcomes)
      out += x == offline_database::outcome::stored ? 's'
             : x == offline_database::outcome::full ? 'f'
                                                    : 'u';
    return out;
  }
  static std::uint64_t rows_of(offline_database& x) {
    auto n = x.count();
    CAF_REQUIRE(n.has_value());
    return *n;
  }
  std::uint64_t rows() { return rows_of(database); }
  std::string store(const std::string& bytes, std::string_view to = juliet) {
    return write({{to, noon, bytes}});
  }
  offline_database::page page(offline_limits most = {100, 1'000},
    std::string_view account = juliet, offline_id skipped = 0) {
    auto x = database.oldest(
      account, most, [skipped](offline_id id) { return id == skipped; });
    if (!x)
      CAF_FAIL(x.error());
    return *x;
  }
  static std::string text(const offline_database::page& x) {
    std::string out;
    for (auto& y : x.messages)
      out += y.bytes + ' ';
    return out + (x.complete ? "." : "...");
  }

  std::shared_ptr<account_database> accounts = make_accounts();
  offline_database database{accounts->connection(), {4, 20}};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(offline_database_tests, fixture)

CAF_TEST(messages come back oldest first with bytes and time as they were) {
  std::string odd{"a\0'\xc3\xbc\xff", 6};
  CAF_CHECK_EQUAL(
    write({{juliet, noon + 5ms, odd}, {juliet, noon, "b"}}), "ss");
  auto x = page();
  CAF_REQUIRE_EQUAL(x.messages.size(), 2u);
  CAF_CHECK_EQUAL(x.messages[0].bytes, odd);
  CAF_CHECK(x.messages[0].stamp == noon + 5ms);
  CAF_CHECK(x.messages[1].stamp == noon);
  CAF_CHECK_LESS(x.messages[0].id, x.messages[1].id);
  CAF_CHECK(x.complete);
  CAF_CHECK_EQUAL(text(page({100, 1'000}, romeo)), ".");
}

CAF_TEST(nothing is stored for an account that does not exist) {
  CAF_CHECK_EQUAL(store("a", "nobody@localhost"), "u");
  CAF_CHECK_EQUAL(store("a", "juliet@elsewhere.example"), "u");
  CAF_CHECK_EQUAL(store("a", "localhost"), "u");
  CAF_CHECK_EQUAL(rows(), 0u);
}

CAF_TEST(an account is full by the number of its messages) {
  std::vector<offline_database::message> six(6, {juliet, noon, "a"});
  CAF_CHECK_EQUAL(write(six), "ssssff");
  CAF_CHECK_EQUAL(store("a"), "f");
  CAF_CHECK_EQUAL(store("a", romeo), "s");
}

CAF_TEST(an account is full by the bytes of its messages) {
  CAF_CHECK_EQUAL(store(std::string(21, 'x')), "f");
  CAF_CHECK_EQUAL(store(std::string(20, 'x')), "s");
  CAF_CHECK_EQUAL(store("x"), "f");
  CAF_CHECK_EQUAL(store(std::string(20, 'x'), romeo), "s");
}

CAF_TEST(what is deleted makes room in the same step) {
  write(std::vector<offline_database::message>(4, {juliet, noon, "a"}));
  auto first = page().messages[0].id;
  CAF_CHECK_EQUAL(
    write({{juliet, noon, "b"}, {juliet, noon, "c"}}, {first}), "sf");
  CAF_CHECK_EQUAL(text(page()), "a a a b .");
}

CAF_TEST(a page ends at its limits and says whether there is more) {
  for (auto x : {"aa", "bb", "cc"})
    store(x);
  CAF_CHECK_EQUAL(text(page({2, 100})), "aa bb ...");
  CAF_CHECK_EQUAL(text(page({3, 100})), "aa bb cc .");
  CAF_CHECK_EQUAL(text(page({3, 5})), "aa bb ...");
  // One that is too large comes alone.
  CAF_CHECK_EQUAL(text(page({3, 1})), "aa ...");
}

CAF_TEST(messages that are skipped count for nothing) {
  for (auto x : {"aa", "bb", "cc"})
    store(x);
  auto first = page().messages[0].id;
  CAF_CHECK_EQUAL(text(page({2, 4}, juliet, first)), "bb cc .");
}

CAF_TEST(an id is never used again) {
  store("a");
  auto last = page().messages[0].id;
  CAF_CHECK_EQUAL(write({}, {last}), "");
  store("b");
  auto next = page().messages[0].id;
  CAF_CHECK_LESS(last, next);
}

CAF_TEST(the messages of an account end with it) {
  store("a");
  store("b", romeo);
  accounts->remove("juliet", "localhost");
  CAF_CHECK_EQUAL(rows(), 1u);
  accounts->add("juliet", "localhost", {});
  CAF_CHECK_EQUAL(text(page()), ".");
}

CAF_TEST(an error changes nothing and says why) {
  store("a");
  auto first = page().messages[0].id;
  accounts->connection()->execute(
    "CREATE TRIGGER full BEFORE INSERT ON offline WHEN NEW.bytes = x'62'"
    " BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
  auto x = database.write({{juliet, noon, "x"}, {juliet, noon, "b"}}, {first});
  CAF_REQUIRE(!x);
  CAF_CHECK_EQUAL(x.error(), "disk is full");
  CAF_CHECK_EQUAL(text(page()), "a .");
  CAF_CHECK_EQUAL(store("c"), "s");
}

CAF_TEST(messages outlive the process) {
  auto name =
    (std::filesystem::temp_directory_path() / "causeway.XXXXXX").string();
  CAF_REQUIRE(::mkdtemp(name.data()) != nullptr);
  auto file = name + "/causeway.db";
  {
    auto random = [](std::size_t n) { return std::string(n, 'x'); };
    auto known = account_database::open(file, random);
    CAF_REQUIRE(known.has_value());
    (*known)->add("juliet", "localhost", {});
    auto x = offline_database::open(file);
    CAF_REQUIRE(x.has_value());
    (*x)->write({{juliet, noon, "a"}}, {});
  }
  auto x = offline_database::open(file);
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(rows_of(**x), 1u);
  std::filesystem::remove_all(name);
  CAF_CHECK(!offline_database::open(file).has_value());
}

CAF_TEST_FIXTURE_SCOPE_END()
