/// Which server a client comes to (requirement G-33).
#define CAF_SUITE endpoint_choice

#include "actors/upstream/endpoint_choice.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace causeway;

namespace {

using servers = std::vector<std::pair<std::string, double>>;

constexpr int clients = 10'000;

std::string key_of(int client) {
  return choice_key(
    {"example.org", "user" + std::to_string(client) + "@example.org", {}},
    "127.0.0.1:50000", "s");
}

std::string first_of(const servers& from, const std::string& key) {
  return std::ranges::max(from, {}, [&](auto& x) {
    return preference(key, x.first, x.second);
  }).first;
}

std::map<std::string, int> count_all(const servers& from) {
  std::map<std::string, int> out;
  for (int i = 0; i < clients; ++i)
    ++out[first_of(from, key_of(i))];
  return out;
}

/// How many clients move, from which server to which.
std::map<std::pair<std::string, std::string>, int> moves(
  const servers& from, const servers& to) {
  std::map<std::pair<std::string, std::string>, int> out;
  for (int i = 0; i < clients; ++i) {
    auto before = first_of(from, key_of(i));
    auto after = first_of(to, key_of(i));
    if (before != after)
      ++out[{before, after}];
  }
  return out;
}

/// Key of a client at this address that does not say who it is.
std::string at(std::string_view address, std::string from = {}) {
  return choice_key({"example.org", std::move(from), {}}, address, "s");
}

} // namespace

CAF_TEST(clients are shared out by weight) {
  auto found = count_all({{"10.0.0.1:5222", 1}, {"10.0.0.2:5222", 3},
    {"10.0.0.3:5222", 4}, {"10.0.0.4:5222", 0}});
  // Give or take five standard deviations.
  CAF_CHECK(std::abs(found["10.0.0.1:5222"] - 1'250) < 165);
  CAF_CHECK(std::abs(found["10.0.0.2:5222"] - 3'750) < 242);
  CAF_CHECK(std::abs(found["10.0.0.3:5222"] - 5'000) < 250);
  CAF_CHECK_EQUAL(found.size(), 3u);
}

CAF_TEST(addresses are shared out as well as accounts) {
  servers all{{"10.0.0.1:5222", 1}, {"10.0.0.2:5222", 1}};
  int first = 0;
  for (int i = 0; i < clients; ++i) {
    auto address = "192.0." + std::to_string(i / 250) + '.'
                   + std::to_string(i % 250) + ":40000";
    first += first_of(all, at(address)) == "10.0.0.1:5222";
  }
  CAF_CHECK(std::abs(first - 5'000) < 250);
}

CAF_TEST(the choice is the same in every process and version) {
  servers all{{"10.0.0.1:5222", 1}, {"10.0.0.2:5222", 1}, {"10.0.0.3:5222", 1}};
  std::string found;
  for (int i = 0; i < 12; ++i)
    found += first_of(all, key_of(i)).at(7);
  CAF_CHECK_EQUAL(found, "213211121221");
}

CAF_TEST(if a server goes its clients alone move) {
  servers all{{"a:1", 1}, {"b:1", 2}, {"c:1", 3}, {"d:1", 4}};
  auto lost = count_all(all)["b:1"];
  int moved = 0;
  for (auto& [way, n] : moves(all, {{"a:1", 1}, {"c:1", 3}, {"d:1", 4}})) {
    CAF_CHECK_EQUAL(way.first, "b:1");
    moved += n;
  }
  CAF_CHECK_EQUAL(moved, lost);
}

CAF_TEST(another weight moves clients to that server or away from it alone) {
  servers before{{"a:1", 2}, {"b:1", 2}, {"c:1", 2}};
  for (auto& [way, n] : moves(before, {{"a:1", 2}, {"b:1", 3}, {"c:1", 2}}))
    CAF_CHECK_EQUAL(way.second, "b:1");
  for (auto& [way, n] : moves(before, {{"a:1", 2}, {"b:1", 1}, {"c:1", 2}}))
    CAF_CHECK_EQUAL(way.first, "b:1");
}

CAF_TEST(who says who it is may come from anywhere) {
  auto here = at("192.0.2.1:1000", "juliet@example.org");
  CAF_CHECK_EQUAL(here, at("198.51.100.7:9", "juliet@example.org"));
  CAF_CHECK_EQUAL(here, at("192.0.2.1:1000", "Juliet@EXAMPLE.org/balcony"));
  CAF_CHECK_NOT_EQUAL(here, at("192.0.2.1:1000", "romeo@example.org"));
}

CAF_TEST(who does not is known by its network) {
  CAF_CHECK_EQUAL(at("192.0.2.1:1000"), at("192.0.2.1:2000"));
  CAF_CHECK_NOT_EQUAL(at("192.0.2.1:1000"), at("192.0.2.2:1000"));
  CAF_CHECK_EQUAL(at("[2001:db8:0:1::5]:1"), at("[2001:db8:0:1:9::6]:2"));
  CAF_CHECK_NOT_EQUAL(at("[2001:db8:0:1::5]:1"), at("[2001:db8:0:2::5]:1"));
  // A domain, or what is no address, is nobody.
  CAF_CHECK_EQUAL(at("192.0.2.1:1"), at("192.0.2.1:1", "example.org"));
  CAF_CHECK_EQUAL(at("192.0.2.1:1"), at("192.0.2.1:1", "@@"));
}

CAF_TEST(where nothing is known each stream is one of its own) {
  auto key = [](std::string from, std::string_view stream_id) {
    return choice_key({"example.org", std::move(from), {}}, {}, stream_id);
  };
  CAF_CHECK_NOT_EQUAL(key({}, "s"), key({}, "t"));
  CAF_CHECK_EQUAL(
    key("juliet@example.org", "s"), key("juliet@example.org", "t"));
  CAF_CHECK_EQUAL(at("192.0.2.1:1"),
    choice_key({"example.org", {}, {}}, "192.0.2.1:1", "another"));
}

CAF_TEST(the same client may be elsewhere in another domain) {
  int same = 0;
  servers all{{"a:1", 1}, {"b:1", 1}};
  for (int i = 0; i < clients; ++i) {
    auto address =
      "10.1." + std::to_string(i / 250) + '.' + std::to_string(i % 250) + ":1";
    same += first_of(all, choice_key({"x.example", {}, {}}, address, "s"))
            == first_of(all, choice_key({"y.example", {}, {}}, address, "s"));
  }
  CAF_CHECK(std::abs(same - 5'000) < 250);
}
