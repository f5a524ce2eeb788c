#define CAF_SUITE scram

#include "protocol/scram.hpp"

#include "protocol/base64.hpp"

#include <caf/test/dsl.hpp>

#include <map>
#include <set>
#include <string>

using namespace causeway::protocol;

namespace {

constexpr scram_hash hashes[] = {
  scram_hash::sha1, scram_hash::sha256, scram_hash::sha512};

struct vector {
  scram_hash hash;
  std::string client_nonce, server_first, client_final, server_final;
};

constexpr std::uint32_t usual[] = {4096};

/// RFC 5802 section 5, RFC 7677 section 3; user "user", password "pencil".
const vector rfc_vectors[] = {
  {scram_hash::sha1, "fyko+d2lbbFgONRv9qkxdawL",
    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
    "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
  {scram_hash::sha256, "rOprNGfwEbeRWgbNEkqO",
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
  // The same exchange, computed by another implementation.
  {scram_hash::sha512, "rOprNGfwEbeRWgbNEkqO",
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dy"
    "bEmDYXYTxwnYPJQ==",
    "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJ"
    "q199RVG2rR7N7Zw=="},
};

scram_client client_of(const vector& x) {
  return {x.hash, "user", "pencil", x.client_nonce};
}

} // namespace

CAF_TEST(the client speaks as the RFCs show) {
  for (auto& x : rfc_vectors) {
    auto client = client_of(x);
    CAF_CHECK_EQUAL(client.first_message(), "n,,n=user,r=" + x.client_nonce);
    CAF_CHECK(client.final_message(x.server_first) == x.client_final);
    CAF_CHECK(client.verify(x.server_final));
  }
}

CAF_TEST(the server accepts and signs what the RFCs show) {
  for (auto& x : rfc_vectors) {
    auto salt_at = x.server_first.find(",s=") + 3;
    auto salt = from_base64(
      x.server_first.substr(salt_at, x.server_first.rfind(',') - salt_at));
    CAF_REQUIRE(salt.has_value());
    auto stored = derive_credentials(x.hash, "pencil", *salt, 4096);
    auto proof_at = x.client_final.find(",p=");
    auto message = "n=user,r=" + x.client_nonce + ',' + x.server_first + ','
                   + x.client_final.substr(0, proof_at);
    auto proof = from_base64(x.client_final.substr(proof_at + 3));
    CAF_REQUIRE(proof.has_value());
    CAF_CHECK(verify_proof(x.hash, stored, message, *proof));
    CAF_CHECK(!verify_proof(x.hash, stored, message + ' ', *proof));
    CAF_CHECK(!verify_proof(x.hash, stored, message, *proof + '\0'));
    CAF_CHECK(!verify_proof(x.hash, stored, message, ""));
    CAF_CHECK_EQUAL("v=" + to_base64(server_signature(x.hash, stored, message)),
      x.server_final);
  }
}

CAF_TEST(every hash has the name that is registered for it) {
  std::set<std::string> names;
  for (auto x : hashes)
    names.emplace(to_string(x));
  CAF_CHECK_EQUAL(names,
    (std::set<std::string>{"SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"}));
}

CAF_TEST(a password matches its own credentials only) {
  for (auto x : hashes) {
    auto stored = derive_credentials(x, "secret", "salt", 100);
    CAF_CHECK_EQUAL(stored.salt, "salt");
    CAF_CHECK_EQUAL(stored.iterations, 100u);
    CAF_CHECK(matches_password(x, stored, "secret"));
    CAF_CHECK(!matches_password(x, stored, "Secret"));
    CAF_CHECK(!matches_password(x, stored, ""));
  }
}

CAF_TEST(made up credentials are stable and look like real ones) {
  for (auto x : hashes) {
    auto fake = fake_credentials(x, "server secret", "nobody", usual);
    auto again = fake_credentials(x, "server secret", "nobody", usual);
    auto real =
      derive_credentials(x, "secret", std::string(scram_salt_bytes, 's'), 4096);
    CAF_CHECK_EQUAL(fake.salt, again.salt);
    CAF_CHECK_EQUAL(fake.stored_key, again.stored_key);
    CAF_CHECK_EQUAL(fake.server_key, again.server_key);
    CAF_CHECK_EQUAL(fake.iterations, real.iterations);
    CAF_CHECK_EQUAL(fake.salt.size(), real.salt.size());
    CAF_CHECK_EQUAL(fake.stored_key.size(), real.stored_key.size());
    CAF_CHECK_EQUAL(fake.server_key.size(), real.server_key.size());
    CAF_CHECK(fake.stored_key != fake.server_key);
  }
}

CAF_TEST(made up salts differ by name and hash and server) {
  std::set<std::string> salts;
  for (auto x : hashes)
    for (auto name : {"a", "b"})
      for (auto secret : {"1", "2"})
        salts.insert(fake_credentials(x, secret, name, usual).salt);
  CAF_CHECK_EQUAL(salts.size(), 12u);
}

CAF_TEST(made up credentials have an iteration count that is in use) {
  constexpr std::uint32_t before[] = {4096, 10'000};
  constexpr std::uint32_t after[] = {20'000, 10'000, 4096};
  std::map<std::uint32_t, int> seen;
  for (auto i = 0; i < 300; ++i) {
    auto name = std::to_string(i);
    auto old = fake_credentials(scram_hash::sha1, "secret", name, before);
    auto now = fake_credentials(scram_hash::sha1, "secret", name, after);
    ++seen[now.iterations];
    // A name changes to a new count or not at all.
    CAF_CHECK(now.iterations == old.iterations || now.iterations == 20'000u);
    CAF_CHECK_EQUAL(now.salt == old.salt, now.iterations == old.iterations);
    auto other = fake_credentials(scram_hash::sha512, "secret", name, after);
    CAF_CHECK_EQUAL(other.iterations, now.iterations);
  }
  CAF_CHECK_EQUAL(seen.size(), 3u);
  for (auto [count, names] : seen)
    CAF_CHECK_GREATER(names, 50);
}

CAF_TEST(the client escapes commas and equals signs in a name) {
  scram_client client{scram_hash::sha1, "a,b=c", "p", "nonce"};
  CAF_CHECK_EQUAL(client.first_message(), "n,,n=a=2Cb=3Dc,r=nonce");
}

CAF_TEST(the client prepares its password) {
  auto answer = [](const std::string& password) {
    scram_client client{scram_hash::sha1, "a", password, "nonce"};
    return client.final_message("r=nonce1,s=c2FsdA==,i=10");
  };
  CAF_CHECK(answer("e\u0301") == answer("\u00e9"));
  CAF_CHECK(answer("a\u00a0b") == answer("a b"));
  CAF_CHECK(answer("A") != answer("a"));
  CAF_CHECK(answer("a\u200b") != answer("a"));
}

CAF_TEST(the client refuses a first message that is malformed) {
  for (auto text : {"", "r=nonce1", "r=nonce1,s=c2FsdA==", "e=other-error",
         "m=x,r=nonce1,s=c2FsdA==,i=10", "r=nonce,s=c2FsdA==,i=10",
         "r=other1,s=c2FsdA==,i=10", "r=nonce1,s=!,i=10",
         "r=nonce1,s=c2FsdA==,i=0", "r=nonce1,s=c2FsdA==,i=x",
         "r=nonce1,s=c2FsdA==,i=4294967295"}) {
    scram_client client{scram_hash::sha1, "a", "p", "nonce"};
    CAF_CHECK(!client.final_message(text));
  }
}

CAF_TEST(the client tells a server that does not know the password) {
  auto client = client_of(rfc_vectors[0]);
  CAF_CHECK(!client.verify(rfc_vectors[0].server_final));
  CAF_CHECK(!client.verify("v="));
  client.final_message(rfc_vectors[0].server_first);
  CAF_CHECK(!client.verify(rfc_vectors[1].server_final));
  CAF_CHECK(!client.verify("e=other-error"));
  CAF_CHECK(!client.verify("v=AAAA"));
}
