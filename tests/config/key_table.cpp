#define CAF_SUITE config_key_table

#include "config/key_table.hpp"

#include <caf/test/dsl.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

using namespace causeway::config;

namespace {

std::string readme() {
  std::ifstream file{CAUSEWAY_SOURCE_DIR "/config/README.md"};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The rows of the tables under "## Keys".
std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> rows;
  std::istringstream lines{text.substr(text.find("\n## Keys\n"))};
  for (std::string line; std::getline(lines, line) && line != "## Decisions";)
    if (line.starts_with("| `"))
      rows.push_back(line);
  return rows;
}

std::string paths(std::string_view text) {
  std::string out;
  for (auto& row : find_keys(text))
    out += row.path + '\n';
  return out;
}

} // namespace

CAF_TEST(the tables of the README are those of the schema) {
  auto rows = rows_of(readme());
  std::vector<std::string> wanted;
  for (auto& row : key_table())
    // Its section says it.
    if (row.path != "listeners" && row.path != "domains")
      wanted.push_back(to_markdown(row));
  for (auto& row : wanted)
    if (std::ranges::find(rows, row) == rows.end())
      CAF_ERROR("missing in README.md: " << row);
  for (auto& row : rows)
    if (std::ranges::find(wanted, row) == wanted.end())
      CAF_ERROR("not in the schema: " << row);
  CAF_CHECK_EQUAL(rows.size(), wanted.size());
}

CAF_TEST(every key says what it means and when it takes effect) {
  std::set<std::string> seen;
  for (auto& row : key_table()) {
    CAF_CHECK(seen.insert(row.path).second);
    CAF_CHECK(!row.meaning.empty());
    CAF_CHECK(!row.standard.empty());
    CAF_CHECK(!row.values.empty());
    CAF_CHECK(row.meaning.find('\n') == row.meaning.npos);
  }
}

CAF_TEST(keys that need a restart stand in sections) {
  // Lists and domains are compared item by item, and taken over as a whole.
  for (auto& row : key_table())
    if (row.path.find_first_of("[*") != row.path.npos)
      CAF_CHECK(row.scope != key_scope::restart);
}

CAF_TEST(a key is found by its path or its last part) {
  CAF_CHECK_EQUAL(
    paths("stream.management.maxUnacked"), "stream.management.maxUnacked\n");
  CAF_CHECK_EQUAL(paths("maxUnacked"), "stream.management.maxUnacked\n");
  CAF_CHECK_EQUAL(paths("readWindow"), "websocket.readWindow\n"
                                       "gateway.readWindow\n");
  CAF_CHECK_EQUAL(paths("listeners[2].insecure"), "listeners[].insecure\n");
  CAF_CHECK_EQUAL(paths("listeners[0].tls[1].key"), "listeners[].tls.key\n");
  CAF_CHECK_EQUAL(paths("domains.a.example.auth"), "domains.*.auth\n");
  CAF_CHECK_EQUAL(paths("domains.a.example.upstream[0].weight"),
    "domains.*.upstream[].weight\n");
  CAF_CHECK_EQUAL(paths("nothing"), "");
  CAF_CHECK_EQUAL(paths(""), "");
  CAF_CHECK_EQUAL(paths("listeners[0"), "");
}

CAF_TEST(a group stands for all below it) {
  CAF_CHECK_EQUAL(paths("gateway.nameServers"), "gateway.nameServers\n");
  CAF_CHECK(paths("log").starts_with("log.level\nlog.format\n"));
  CAF_CHECK(paths("log").ends_with("log.levels.transport\n"));
  CAF_CHECK(paths("domains.a.example").starts_with("domains.*.auth\n"));
  CAF_CHECK(paths("listeners").starts_with("listeners\nlisteners[].address\n"));
}

CAF_TEST(a misspelt key is corrected) {
  CAF_CHECK_EQUAL(suggest_key("maxUnaked"), "; did you mean maxUnacked?");
  CAF_CHECK_EQUAL(suggest_key("log.levle"), "; did you mean log.level?");
  CAF_CHECK_EQUAL(suggest_key("something"), "");
}
