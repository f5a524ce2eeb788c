#define CAF_SUITE sasl

#include "protocol/sasl.hpp"

#include <caf/test/dsl.hpp>

#include <set>
#include <string>

using namespace causeway::protocol;

namespace {

using namespace std::literals;

sasl_server server(std::string_view mechanism) {
  return {mechanism, "example.org", "server"};
}

/// The condition of a failure, or what the action is.
std::string outcome(const sasl_action& x) {
  if (auto* failure = std::get_if<sasl_fail>(&x))
    return std::string{to_string(failure->condition)};
  constexpr std::string_view names[] = {
    "challenge", "find", "check", "success"};
  return std::string{names[x.index()]};
}

std::string first_outcome(std::string_view mechanism, std::string message) {
  return outcome(server(mechanism).handle(std::move(message)));
}

std::string plain(std::string message) {
  return first_outcome("PLAIN", std::move(message));
}

std::string scram(std::string message) {
  return first_outcome("SCRAM-SHA-256", std::move(message));
}

scram_credentials romeos_credentials() {
  return derive_credentials(scram_hash::sha256, "secret", "some salt", 10);
}

std::string combined(std::string x, std::string_view y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<char>(x[i] ^ y[i]);
  return x;
}

/// The client's signature of RFC 5802 section 3.
std::string client_signature(const std::string& auth_message) {
  auto stored = romeos_credentials();
  stored.server_key = stored.stored_key;
  return server_signature(scram_hash::sha256, stored, auth_message);
}

/// What a client that knows the password signs with.
std::string client_key() {
  scram_client client{scram_hash::sha256, "romeo", "secret", "client"};
  auto server_first = "r=client1,s=" + to_base64("some salt") + ",i=10";
  auto last = client.final_message(server_first);
  CAF_REQUIRE(last.has_value());
  auto at = last->find(",p=");
  auto proof = from_base64(last->substr(at + 3));
  CAF_REQUIRE(proof.has_value());
  return combined(*proof, client_signature("n=romeo,r=client," + server_first
                                           + ',' + last->substr(0, at)));
}

/// A negotiation of romeo up to the client's final message.
struct scram_run {
  explicit scram_run(const std::string& gs2_header = "n,,", bool exists = true,
    std::string bare = "n=romeo,r=client")
    : client_first_bare{std::move(bare)} {
    auto action = machine.handle(gs2_header + client_first_bare);
    CAF_REQUIRE_EQUAL(outcome(action), "find");
    action = machine.credentials_found(romeos_credentials(), exists);
    CAF_REQUIRE_EQUAL(outcome(action), "challenge");
    server_first = std::get<sasl_send_challenge>(action).data;
  }

  /// A final message with a proof that fits.
  std::string signed_message(const std::string& without_proof) const {
    auto proof = combined(client_key(),
      client_signature(
        client_first_bare + ',' + server_first + ',' + without_proof));
    return without_proof + ",p=" + to_base64(proof);
  }

  std::string finish(const std::string& without_proof) {
    return outcome(machine.handle(signed_message(without_proof)));
  }

  sasl_server machine = server("SCRAM-SHA-256");
  std::string client_first_bare;
  std::string server_first;
};

} // namespace

CAF_TEST(every condition has a name of its own) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < sasl_error_count; ++i)
    names.emplace(to_string(static_cast<sasl_error>(i)));
  CAF_CHECK_EQUAL(names.size(), sasl_error_count);
  CAF_CHECK_EQUAL(names.count(""), 0u);
  CAF_CHECK_EQUAL(
    to_string(static_cast<sasl_error>(sasl_error_count)).size(), 0u);
}

// -- which mechanisms ---------------------------------------------------------

CAF_TEST(names of mechanisms are exact) {
  for (auto x :
    {"PLAIN", "ANONYMOUS", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"})
    CAF_CHECK(sasl_server::is_supported(x));
  for (auto x : {"", "plain", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-384", "DIGEST-MD5",
         "EXTERNAL", "PLAIN "})
    CAF_CHECK(!sasl_server::is_supported(x));
}

CAF_TEST(without initial response an empty challenge asks for it) {
  for (auto x : {"PLAIN", "SCRAM-SHA-1"}) {
    auto machine = server(x);
    auto action = machine.handle(std::nullopt);
    CAF_REQUIRE(std::holds_alternative<sasl_send_challenge>(action));
    CAF_CHECK_EQUAL(std::get<sasl_send_challenge>(action).data, "");
  }
  auto machine = server("PLAIN");
  machine.handle(std::nullopt);
  CAF_CHECK_EQUAL(outcome(machine.handle("\0romeo\0secret"s)), "check");
}

// -- PLAIN --------------------------------------------------------------------

CAF_TEST(PLAIN asks for a check of the normalised name) {
  auto machine = server("PLAIN");
  auto action = machine.handle("\0RomeO\0 Pass Word "s);
  CAF_REQUIRE(std::holds_alternative<sasl_check_password>(action));
  auto& check = std::get<sasl_check_password>(action);
  CAF_CHECK_EQUAL(check.username, "romeo");
  CAF_CHECK_EQUAL(check.password, " Pass Word ");
  action = machine.password_checked(true);
  CAF_REQUIRE(std::holds_alternative<sasl_succeed>(action));
  CAF_CHECK_EQUAL(std::get<sasl_succeed>(action).username, "romeo");
  CAF_CHECK(!std::get<sasl_succeed>(action).data);
}

CAF_TEST(PLAIN with a wrong password fails) {
  auto machine = server("PLAIN");
  machine.handle("\0romeo\0wrong"s);
  CAF_CHECK_EQUAL(outcome(machine.password_checked(false)), "not-authorized");
  CAF_CHECK_EQUAL(
    outcome(machine.password_checked(true)), "temporary-auth-failure");
}

CAF_TEST(PLAIN has exactly three parts) {
  for (auto text : {""s, "romeo"s, "\0romeo"s, "romeo\0secret"s,
         "\0romeo\0secret\0"s, "\0\0\0"s})
    CAF_CHECK_EQUAL(plain(text), "malformed-request");
}

CAF_TEST(PLAIN without name or without password is refused) {
  CAF_CHECK_EQUAL(plain("\0romeo\0"s), "not-authorized");
  CAF_CHECK_EQUAL(plain("\0\0secret"s), "not-authorized");
  CAF_CHECK_EQUAL(plain("\0ro@meo\0secret"s), "not-authorized");
  CAF_CHECK_EQUAL(plain("\0ro\xff\0secret"s), "not-authorized");
}

CAF_TEST(an authorization identity must be the own bare JID) {
  CAF_CHECK_EQUAL(plain("romeo@example.org\0romeo\0s"s), "check");
  CAF_CHECK_EQUAL(plain("Romeo@EXAMPLE.org\0romeo\0s"s), "check");
  for (auto other : {"juliet@example.org", "romeo@example.com", "romeo",
         "romeo@example.org/orchard", "example.org", "@", "romeo@"})
    CAF_CHECK_EQUAL(plain(other + "\0romeo\0s"s), "invalid-authzid");
}

// -- ANONYMOUS ----------------------------------------------------------------

CAF_TEST(ANONYMOUS succeeds without a name) {
  auto machine = server("ANONYMOUS");
  auto action = machine.handle("");
  CAF_REQUIRE(std::holds_alternative<sasl_succeed>(action));
  CAF_CHECK_EQUAL(std::get<sasl_succeed>(action).username, "");
  CAF_CHECK_EQUAL(first_outcome("ANONYMOUS", "sirhc"), "success");
  CAF_CHECK_EQUAL(
    first_outcome("ANONYMOUS", std::string(1021, 'a')), "malformed-request");
}

// -- SCRAM: the first message -------------------------------------------------

CAF_TEST(the server answers as RFC 7677 section 3 shows) {
  sasl_server machine{
    "SCRAM-SHA-256", "example.org", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"};
  auto action = machine.handle("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  CAF_REQUIRE(std::holds_alternative<sasl_find_credentials>(action));
  CAF_CHECK_EQUAL(std::get<sasl_find_credentials>(action).username, "user");
  CAF_CHECK(std::get<sasl_find_credentials>(action).hash == scram_hash::sha256);
  auto salt = from_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
  action = machine.credentials_found(
    derive_credentials(scram_hash::sha256, "pencil", *salt, 4096), true);
  CAF_REQUIRE(std::holds_alternative<sasl_send_challenge>(action));
  CAF_CHECK_EQUAL(std::get<sasl_send_challenge>(action).data,
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  action = machine.handle(
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  CAF_REQUIRE(std::holds_alternative<sasl_succeed>(action));
  CAF_CHECK_EQUAL(std::get<sasl_succeed>(action).username, "user");
  CAF_CHECK(std::get<sasl_succeed>(action).data
            == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

CAF_TEST(each SCRAM mechanism asks for credentials of its hash) {
  for (auto x : {scram_hash::sha1, scram_hash::sha256, scram_hash::sha512}) {
    auto machine = server(to_string(x));
    auto action = machine.handle("n,,n=romeo,r=client");
    CAF_REQUIRE(std::holds_alternative<sasl_find_credentials>(action));
    CAF_CHECK(std::get<sasl_find_credentials>(action).hash == x);
  }
}

CAF_TEST(a first message that breaks the grammar is malformed) {
  for (auto text :
    {"", "n", "n,", "n,,", "n,,n=romeo", "n,,n=romeo,", "x,,", "n,,n=romeo,r=",
      "n,,r=client,n=romeo", "n,b,n=romeo,r=client", "x,,n=romeo,r=client",
      ",,n=romeo,r=client", "nn,,n=romeo,r=client", "n,,m=x,n=romeo,r=client",
      "n,,n=ro=meo,r=client", "n,,n=romeo=,r=client", "n,,n=romeo=2,r=client",
      "n,,n=romeo=2c,r=client", "n,,n=romeo,r=cli ent", "n,,n=romeo,r=cli\x7f",
      "n,,n=romeo,r=cli\xc3\xa9nt", "n,a=romeo=,n=romeo,r=client"})
    CAF_CHECK_EQUAL(scram(text), "malformed-request");
}

CAF_TEST(channel binding is refused since no PLUS is offered) {
  CAF_CHECK_EQUAL(scram("p=tls-unique,,n=romeo,r=client"), "malformed-request");
  CAF_CHECK_EQUAL(scram("y,,n=romeo,r=client"), "find");
}

CAF_TEST(a name that no account can have is not authorized) {
  CAF_CHECK_EQUAL(scram("n,,n=,r=client"), "not-authorized");
  CAF_CHECK_EQUAL(scram("n,,n=ro@meo,r=client"), "not-authorized");
  CAF_CHECK_EQUAL(scram("n,,n=ro\xff,r=client"), "not-authorized");
}

CAF_TEST(escapes in names are undone before names are normalised) {
  auto machine = server("SCRAM-SHA-256");
  auto action = machine.handle("n,,n=Ro=2Cm=3Deo,r=client,x=extension");
  CAF_REQUIRE(std::holds_alternative<sasl_find_credentials>(action));
  CAF_CHECK_EQUAL(std::get<sasl_find_credentials>(action).username, "ro,m=eo");
  machine = server("SCRAM-SHA-256");
  CAF_CHECK_EQUAL(
    outcome(machine.handle("n,a=ro=2Cm=3Deo@example.org,n=ro=2Cm=3Deo,r=c")),
    "find");
}

CAF_TEST(the authorization identity of SCRAM must be the own bare JID) {
  CAF_CHECK_EQUAL(scram("n,a=romeo@example.org,n=romeo,r=client"), "find");
  for (auto other : {"", "romeo", "juliet@example.org", "romeo@example.com",
         "romeo@example.org/orchard"})
    CAF_CHECK_EQUAL(
      scram("n,a="s + other + ",n=romeo,r=client"), "invalid-authzid");
}

// -- SCRAM: the final message -------------------------------------------------

CAF_TEST(a proof that fits succeeds for each way to say no binding) {
  CAF_CHECK_EQUAL(scram_run{}.finish("c=biws,r=clientserver"), "success");
  CAF_CHECK_EQUAL(scram_run{"y,,"}.finish("c=eSws,r=clientserver"), "success");
  CAF_CHECK_EQUAL(
    scram_run{"n,a=romeo@example.org,"}.finish(
      "c=" + to_base64("n,a=romeo@example.org,") + ",r=clientserver"),
    "success");
}

CAF_TEST(extensions that are not mandatory are signed and ignored) {
  CAF_CHECK_EQUAL((scram_run{"n,,", true, "n=romeo,r=client,x=y"}.finish(
                    "c=biws,r=clientserver,z=1")),
    "success");
}

CAF_TEST(a changed binding header is not authorized) {
  CAF_CHECK_EQUAL(
    scram_run{"y,,"}.finish("c=biws,r=clientserver"), "not-authorized");
  CAF_CHECK_EQUAL(
    scram_run{}.finish("c=eSws,r=clientserver"), "not-authorized");
}

CAF_TEST(a changed nonce is not authorized) {
  for (auto nonce : {"client", "server", "clientserver2", "Clientserver", ""})
    CAF_CHECK_EQUAL(scram_run{}.finish("c=biws,r="s + nonce), "not-authorized");
}

CAF_TEST(a wrong proof is not authorized) {
  scram_run run;
  auto message = run.signed_message("c=biws,r=clientserver");
  auto& digit = message[message.rfind("p=") + 2];
  digit = digit == 'A' ? 'B' : 'A';
  CAF_CHECK_EQUAL(outcome(run.machine.handle(message)), "not-authorized");
  CAF_CHECK_EQUAL(
    outcome(scram_run{}.machine.handle("c=biws,r=clientserver,p=AAAA")),
    "not-authorized");
}

CAF_TEST(a final message that breaks the grammar is malformed) {
  for (auto text :
    {"", "c=biws", "c=biws,r=clientserver", "r=clientserver,c=biws,p=AAAA",
      "c=!,r=clientserver,p=AAAA", "c=biws,r=clientserver,p=!", "c=biws,p=AAAA",
      "p=AAAA", "c=biws,r=clientserver,p=AAAA,x=y"})
    CAF_CHECK_EQUAL(
      outcome(scram_run{}.machine.handle(text)), "malformed-request");
}

CAF_TEST(an account that does not exist fails even with a fitting proof) {
  CAF_CHECK_EQUAL((scram_run{"n,,", false}.finish("c=biws,r=clientserver")),
    "not-authorized");
}

CAF_TEST(replies for an unknown account look like those for a known one) {
  CAF_CHECK_EQUAL((scram_run{"n,,", true}.server_first.size()),
    (scram_run{"n,,", false}.server_first.size()));
  scram_run known{"n,,", true}, unknown{"n,,", false};
  auto wrong = "c=biws,r=clientserver,p=" + to_base64(std::string(32, 'x'));
  auto x = std::get<sasl_fail>(known.machine.handle(wrong));
  auto y = std::get<sasl_fail>(unknown.machine.handle(wrong));
  CAF_CHECK(x.condition == y.condition);
  CAF_CHECK_EQUAL(x.detail, y.detail);
}

// -- order --------------------------------------------------------------------

CAF_TEST(a response that nothing asked for fails) {
  auto machine = server("PLAIN");
  machine.handle("\0romeo\0secret"s);
  CAF_CHECK_EQUAL(outcome(machine.handle("x")), "malformed-request");
  CAF_CHECK_EQUAL(
    outcome(machine.password_checked(true)), "temporary-auth-failure");
}

CAF_TEST(an answer that nothing asked for never succeeds) {
  auto machine = server("PLAIN");
  CAF_CHECK_EQUAL(
    outcome(machine.password_checked(true)), "temporary-auth-failure");
  machine = server("SCRAM-SHA-256");
  CAF_CHECK_EQUAL(
    outcome(machine.credentials_found(romeos_credentials(), true)),
    "temporary-auth-failure");
  scram_run run;
  CAF_CHECK_EQUAL(
    outcome(run.machine.password_checked(true)), "temporary-auth-failure");
}

CAF_TEST(after the end nothing succeeds again) {
  scram_run run;
  auto message = run.signed_message("c=biws,r=clientserver");
  CAF_CHECK_EQUAL(outcome(run.machine.handle(message)), "success");
  CAF_CHECK_EQUAL(outcome(run.machine.handle(message)), "malformed-request");
}
