#define CAF_SUITE feature_rewrite

#include "protocol/feature_rewrite.hpp"

#include "protocol/base64.hpp"
#include "protocol/element_parser.hpp"
#include "protocol/namespaces.hpp"

#include <caf/test/dsl.hpp>

#include <string>
#include <vector>

using namespace causeway::protocol;

namespace {

using namespace std::literals;
using strings = std::vector<std::string>;

element features(std::string_view content) {
  auto x = parse_tree("<stream:features xmlns:stream='"
                      "http://etherx.jabber.org/streams'>"
                      + std::string{content} + "</stream:features>");
  CAF_REQUIRE(x.has_value());
  return *x;
}

std::string mechanisms(const strings& names) {
  auto out = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"s;
  for (auto& x : names)
    out += "<mechanism>" + x + "</mechanism>";
  return out + "</mechanisms>";
}

// What a client sees, without the tags around.
std::string rewritten(std::string_view content, const feature_policy& policy) {
  auto xml = to_xml(rewrite_features(features(content), policy));
  auto begin = xml.find('>') + 1;
  auto end = xml.rfind("</stream:features>");
  return end == xml.npos ? "" : xml.substr(begin, end - begin);
}

constexpr feature_policy before{false, true, true, {}};
constexpr feature_policy after{true, true, true, {}};
constexpr auto bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
constexpr auto own_sm = "<sm xmlns='urn:xmpp:sm:3'/>";

bool mentions(const strings& lines, std::string_view text) {
  for (auto& x : lines)
    if (x.find(text) != x.npos)
      return true;
  return false;
}

} // namespace

CAF_TEST(what ends at the edge is not offered) {
  for (auto xml : {
         "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
         "</starttls>",
         "<compression xmlns='http://jabber.org/features/compress'>"
         "<method>zlib</method></compression>",
         "<dialback xmlns='urn:xmpp:features:dialback'/>",
         "<bidi xmlns='urn:xmpp:features:bidi'/>",
         "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
         "<channel-binding type='tls-exporter'/></sasl-channel-binding>",
         "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN"
         "</mechanism></authentication>",
         "<isr xmlns='https://xmpp.org/extensions/isr/0'/>",
         "<bind xmlns='urn:xmpp:component:0'/>",
         "<amp xmlns='http://jabber.org/features/amp'/>",
         "<auth xmlns='http://jabber.org/features/iq-auth'/>",
         "<register xmlns='http://jabber.org/features/iq-register'/>",
         "<register xmlns='urn:xmpp:register:0'/>",
         "<register xmlns='urn:xmpp:invite'/>",
         "<register xmlns='urn:xmpp:ibr-token:0'/>",
       }) {
    CAF_CHECK_EQUAL(rewritten(xml, before), "");
    CAF_CHECK_EQUAL(rewritten(xml, after), own_sm);
  }
}

CAF_TEST(other features pass as they are and in their order) {
  auto xml =
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><required/></bind>"
    "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"
    "<ver xmlns='urn:xmpp:features:rosterver'/>"
    "<sub xmlns='urn:xmpp:features:pre-approval'/>"
    "<csi xmlns='urn:xmpp:csi:0'/><x xmlns='urn:ever'>text<y/></x>"s;
  CAF_CHECK_EQUAL(rewritten(xml, {true, false, false, {}}), xml);
  CAF_CHECK_EQUAL(rewritten(xml, before), xml);
}

CAF_TEST(G55 mechanisms that cannot pass are left out) {
  CAF_CHECK_EQUAL(
    rewritten(mechanisms({"SCRAM-SHA-512-PLUS", "SCRAM-SHA-512", "EXTERNAL",
                "DIGEST-MD5", "GSSAPI", "X-OWN", "PLAIN"}),
      before),
    mechanisms({"SCRAM-SHA-512", "X-OWN", "PLAIN"}));
}

CAF_TEST(no mechanism that is left is no empty list) {
  CAF_CHECK_EQUAL(rewritten(mechanisms({"EXTERNAL"}), before), "");
  CAF_CHECK_EQUAL(rewritten(mechanisms({}), before), "");
}

CAF_TEST(G54 secrets pass over private legs only) {
  auto offered = mechanisms({"PLAIN", "SCRAM-SHA-1", "OAUTHBEARER", "LOGIN"});
  auto open = before;
  open.allow_plain = false;
  CAF_CHECK_EQUAL(rewritten(offered, open), mechanisms({"SCRAM-SHA-1"}));
  CAF_CHECK_EQUAL(rewritten(offered, before), offered);
}

CAF_TEST(mechanisms can pass unless they need TLS or frames of their own) {
  for (auto x : {"SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN", "ANONYMOUS",
         "OAUTHBEARER", "CRAM-MD5", "X-TOKEN", "HT-SHA-256-NONE"})
    CAF_CHECK(can_pass(x));
  for (auto x : {"", "SCRAM-SHA-1-PLUS", "GS2-KRB5-PLUS", "EXTERNAL", "GSSAPI",
         "GSS-SPNEGO", "KERBEROS_V4", "DIGEST-MD5", "NTLM", "HT-SHA-256-ENDP",
         "HT-SHA-256-EXPR", "HT-SHA-256-UNIQ"})
    CAF_CHECK(!can_pass(x));
}

CAF_TEST(mechanisms are read in their order) {
  CAF_CHECK_EQUAL(mechanisms_in(features(mechanisms({"B", "A"}) + bind)),
    (strings{"B", "A"}));
  CAF_CHECK_EQUAL(mechanisms_in(features(bind)), strings{});
}

CAF_TEST(Stream Management is ours in the place of that of upstream) {
  for (auto xml : {"<sm xmlns='urn:xmpp:sm:2'><optional/></sm>"
                   "<sm xmlns='urn:xmpp:sm:3'><optional/></sm>",
         "<sm xmlns='urn:xmpp:sm:3'/>", "<sm xmlns='urn:xmpp:sm:2'/>"})
    CAF_CHECK_EQUAL(rewritten(xml + ""s + bind, after), own_sm + ""s + bind);
  CAF_CHECK_EQUAL(rewritten(bind, after), bind + ""s + own_sm);
}

CAF_TEST(Stream Management is not offered too early or where it is off) {
  CAF_CHECK_EQUAL(rewritten(own_sm, before), "");
  CAF_CHECK_EQUAL(rewritten(own_sm, {true, false, true, {}}), "");
}

CAF_TEST(limits are the smaller of both) {
  auto limits = [](std::string_view bytes, std::string_view idle) {
    auto out = "<limits xmlns='urn:xmpp:stream-limits:0'>"s;
    if (!bytes.empty())
      out += "<max-bytes>" + std::string{bytes} + "</max-bytes>";
    if (!idle.empty())
      out += "<idle-seconds>" + std::string{idle} + "</idle-seconds>";
    return out + "</limits>";
  };
  auto policy = before;
  policy.limits = {1000, 60};
  CAF_CHECK_EQUAL(
    rewritten(limits("500", "90") + bind, policy), limits("500", "60") + bind);
  CAF_CHECK_EQUAL(rewritten(limits("5000", ""), policy), limits("1000", "60"));
  CAF_CHECK_EQUAL(rewritten(limits("x", "-1"), policy), limits("1000", "60"));
  CAF_CHECK_EQUAL(rewritten(bind, policy), bind + limits("1000", "60"));
  CAF_CHECK_EQUAL(rewritten(limits("500", "9"), before), limits("500", "9"));
  CAF_CHECK_EQUAL(
    rewritten("<limits xmlns='urn:xmpp:stream-limits:0'/>", before), "");
}

// -- what operators are told --------------------------------------------------

CAF_TEST(G52 channel binding upstream is warned of with its cure) {
  auto lines = feature_warnings(
    features(mechanisms({"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"})), false);
  CAF_REQUIRE_EQUAL(lines.size(), 1u);
  CAF_CHECK(mentions(lines, "SCRAM-SHA-1-PLUS"));
  CAF_CHECK(mentions(lines, "c2s_require_encryption = false"));
  CAF_CHECK(mentions(lines, "disable_sasl_mechanisms"));
  lines = feature_warnings(
    features(mechanisms({"SCRAM-SHA-1"})
             + "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
               "<channel-binding type='tls-exporter'/></sasl-channel-binding>"),
    false);
  CAF_REQUIRE_EQUAL(lines.size(), 1u);
  CAF_CHECK(mentions(lines, "tls-exporter"));
}

CAF_TEST(a server that offers what works is not warned of) {
  CAF_CHECK(
    feature_warnings(features(mechanisms({"SCRAM-SHA-1", "PLAIN"})), false)
      .empty());
  CAF_CHECK(feature_warnings(features(own_sm), true).empty());
}

CAF_TEST(a server whose mechanisms cannot pass is warned of) {
  auto lines = feature_warnings(features(mechanisms({"EXTERNAL"})), false);
  CAF_CHECK_EQUAL(lines.size(), 1u);
  CAF_CHECK(mentions(lines, "EXTERNAL"));
  lines = feature_warnings(features(""), false);
  CAF_CHECK(mentions(lines, "c2s_require_encryption = false"));
  CAF_CHECK(mentions(lines, "starttls_required: false"));
}

CAF_TEST(missing Stream Management is warned of after authentication) {
  for (auto xml : {"", "<sm xmlns='urn:xmpp:sm:2'/>"}) {
    auto lines = feature_warnings(features(xml), true);
    CAF_CHECK_EQUAL(lines.size(), 1u);
    CAF_CHECK(mentions(lines, "smacks"));
    CAF_CHECK(mentions(lines, "mod_stream_mgmt"));
  }
}

CAF_TEST(G52 a signed list of mechanisms shows in the challenge) {
  CAF_CHECK(
    has_downgrade_protection(to_base64("r=ab,s=QQ==,i=4096,h=aGFzaA==")));
  CAF_CHECK(
    has_downgrade_protection(to_base64("r=ab,s=QQ==,i=4096,d=aGFzaA==")));
  CAF_CHECK(!has_downgrade_protection(to_base64("r=ab,s=QQ==,i=4096")));
  CAF_CHECK(!has_downgrade_protection(to_base64("r=h=d=,s=QQ==,i=4096")));
  CAF_CHECK(!has_downgrade_protection(to_base64("nonce=\"x\",h=1")));
  CAF_CHECK(!has_downgrade_protection(""));
  CAF_CHECK(!has_downgrade_protection("no base64"));
  for (auto setting :
    {"disable_sasl_scram_downgrade_protection: true", "sasl_ssdp"})
    CAF_CHECK(downgrade_protection_warning.find(setting)
              != downgrade_protection_warning.npos);
}
