#define CAF_SUITE stream_features

#include "protocol/stream_features.hpp"

#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <vector>

using namespace causeway::protocol;

namespace {

element features(std::string_view xml) {
  CAF_CHECK(xml.starts_with("<stream:features xmlns:stream="));
  auto tree = parse_tree(xml);
  CAF_REQUIRE(tree.has_value());
  return *tree;
}

std::vector<std::string> child_names(const element& x) {
  std::vector<std::string> names;
  for (auto& child : x.children)
    names.push_back(child.name);
  return names;
}

using strings = std::vector<std::string>;

} // namespace

CAF_TEST(before authentication there are mechanisms and nothing else) {
  strings offered{"SCRAM-SHA-256", "PLAIN"};
  auto x = features(features_before_auth(offered, {}));
  CAF_CHECK_EQUAL(child_names(x), strings{"mechanisms"});
  CAF_CHECK_EQUAL(x.children[0].ns, std::string{ns::sasl});
  CAF_REQUIRE_EQUAL(x.children[0].children.size(), 2u);
  CAF_CHECK_EQUAL(x.children[0].children[0].text, "SCRAM-SHA-256");
  CAF_CHECK_EQUAL(x.children[0].children[1].text, "PLAIN");
}

CAF_TEST(a domain without mechanisms shows no empty list) {
  auto x = features(features_before_auth({}, {}));
  CAF_CHECK(x.children.empty());
}

CAF_TEST(after authentication there are bind and session and sm) {
  auto x = features(features_after_auth(true, {}));
  CAF_CHECK_EQUAL(child_names(x), (strings{"bind", "session", "sm"}));
  CAF_CHECK(x.child("bind", ns::bind));
  CAF_CHECK(x.child("session", ns::session)->child("optional", ns::session));
  CAF_CHECK(x.child("sm", ns::stream_management)->children.empty());
}

CAF_TEST(inactive Stream Management is not offered) {
  auto x = features(features_after_auth(false, {}));
  CAF_CHECK_EQUAL(child_names(x), (strings{"bind", "session"}));
}

CAF_TEST(only limits that exist are told) {
  auto both = features(features_after_auth(false, {65536, 360}));
  auto* limits = both.child("limits", ns::stream_limits);
  CAF_REQUIRE(limits);
  CAF_CHECK_EQUAL(limits->child("max-bytes")->text, "65536");
  CAF_CHECK_EQUAL(limits->child("idle-seconds")->text, "360");
  auto one = features(features_before_auth({}, {10000, 0}));
  limits = one.child("limits", ns::stream_limits);
  CAF_REQUIRE(limits);
  CAF_CHECK_EQUAL(child_names(*limits), strings{"max-bytes"});
}
