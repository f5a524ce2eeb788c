/// RFC 5802 section 3 (algorithm) and section 5 (messages); RFC 7677.
#include "protocol/scram.hpp"

#include "protocol/base64.hpp"
#include "protocol/precis.hpp"

#include <climits>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <utility>

namespace causeway::protocol {

namespace {

const EVP_MD* algorithm(scram_hash x) {
  switch (x) {
  case scram_hash::sha1: return EVP_sha1();
  case scram_hash::sha256: return EVP_sha256();
  case scram_hash::sha512: return EVP_sha512();
  }
  return nullptr;
}

const unsigned char* octets(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

std::string hash(scram_hash x, std::string_view input) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(input.data(), input.size(), out, &size, algorithm(x), nullptr);
  return {reinterpret_cast<char*>(out), size};
}

std::string hmac(scram_hash x, std::string_view key, std::string_view input) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(algorithm(x), key.data(), static_cast<int>(key.size()), octets(input),
    input.size(), out, &size);
  return {reinterpret_cast<char*>(out), size};
}

std::string salted_password(scram_hash x, std::string_view password,
  std::string_view salt, std::uint32_t iterations) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(algorithm(x))), 0);
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
    octets(salt), static_cast<int>(salt.size()), static_cast<int>(iterations),
    algorithm(x), static_cast<int>(out.size()),
    reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

bool equal_in_constant_time(std::string_view x, std::string_view y) {
  return x.size() == y.size()
         && CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

void xor_into(std::string& x, std::string_view y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<char>(x[i] ^ y[i]);
}

// Takes "NAME=value" off the front of a comma separated list.
std::optional<std::string_view> take(std::string_view& list, char name) {
  if (list.size() < 2 || list[0] != name || list[1] != '=')
    return std::nullopt;
  auto value = list.substr(2, list.find(',') - 2);
  list.remove_prefix(std::min(list.size(), value.size() + 3));
  return value;
}

std::string escaped_name(std::string_view name) {
  std::string out;
  for (auto c : name)
    if (c == ',')
      out += "=2C";
    else if (c == '=')
      out += "=3D";
    else
      out += c;
  return out;
}

} // namespace

std::string_view to_string(scram_hash x) {
  switch (x) {
  case scram_hash::sha1: return "SCRAM-SHA-1";
  case scram_hash::sha256: return "SCRAM-SHA-256";
  case scram_hash::sha512: return "SCRAM-SHA-512";
  }
  return {};
}

scram_credentials derive_credentials(scram_hash x, std::string_view password,
  std::string_view salt, std::uint32_t iterations) {
  auto salted = salted_password(x, password, salt, iterations);
  return {std::string{salt}, iterations, hash(x, hmac(x, salted, "Client Key")),
    hmac(x, salted, "Server Key")};
}

bool matches_password(
  scram_hash x, const scram_credentials& stored, std::string_view password) {
  auto derived =
    derive_credentials(x, password, stored.salt, stored.iterations);
  return equal_in_constant_time(derived.stored_key, stored.stored_key);
}

bool verify_proof(scram_hash x, const scram_credentials& stored,
  std::string_view auth_message, std::string_view proof) {
  auto client_key = hmac(x, stored.stored_key, auth_message);
  if (client_key.size() != proof.size())
    return false;
  xor_into(client_key, proof);
  return equal_in_constant_time(hash(x, client_key), stored.stored_key);
}

std::string server_signature(scram_hash x, const scram_credentials& stored,
  std::string_view auth_message) {
  return hmac(x, stored.server_key, auth_message);
}

scram_credentials fake_credentials(scram_hash x, std::string_view server_secret,
  std::string_view username, std::span<const std::uint32_t> iterations) {
  auto made_up = [&](scram_hash how, std::string_view purpose,
                   std::uint32_t count) {
    std::string label{purpose};
    label += '\0';
    label += to_string(how);
    label += '\0';
    label += std::to_string(count);
    label += '\0';
    label += username;
    return hmac(how, server_secret, label);
  };
  // Highest random weight. All hashes of one name have the same count.
  std::uint32_t chosen = 0;
  std::string highest;
  for (auto count : iterations) {
    auto weight = made_up(scram_hash::sha256, "weight", count);
    if (weight > highest) {
      highest = std::move(weight);
      chosen = count;
    }
  }
  return {made_up(x, "salt", chosen).substr(0, scram_salt_bytes), chosen,
    made_up(x, "stored key", chosen), made_up(x, "server key", chosen)};
}

scram_client::scram_client(scram_hash x, std::string username,
  const std::string& password, std::string client_nonce)
  : hash_{x}, username_{std::move(username)},
    password_{opaque_string(password).value_or(password)}, nonce_{std::move(
                                                             client_nonce)} {}

std::string scram_client::first_bare() const {
  return "n=" + escaped_name(username_) + ",r=" + nonce_;
}

std::string scram_client::first_message() {
  return "n,," + first_bare();
}

std::optional<std::string> scram_client::final_message(
  std::string_view server_first) {
  auto rest = server_first;
  auto nonce = take(rest, 'r');
  auto salt_text = take(rest, 's');
  auto count = take(rest, 'i');
  auto salt = salt_text ? from_base64(*salt_text) : std::nullopt;
  if (!nonce || !salt || !count || nonce->size() <= nonce_.size()
      || !nonce->starts_with(nonce_))
    return std::nullopt;
  std::uint32_t iterations = 0;
  auto end = count->data() + count->size();
  auto [stop, error] = std::from_chars(count->data(), end, iterations);
  if (error != std::errc{} || stop != end || iterations == 0
      || iterations > INT_MAX)
    return std::nullopt;

  auto salted = salted_password(hash_, password_, *salt, iterations);
  auto without_proof = "c=biws,r=" + std::string{*nonce};
  auto auth_message =
    first_bare() + ',' + std::string{server_first} + ',' + without_proof;
  server_signature_ =
    hmac(hash_, hmac(hash_, salted, "Server Key"), auth_message);
  auto proof = hmac(hash_, salted, "Client Key");
  xor_into(proof, hmac(hash_, hash(hash_, proof), auth_message));
  return without_proof + ",p=" + to_base64(proof);
}

bool scram_client::verify(std::string_view server_final) const {
  auto signature = take(server_final, 'v');
  auto bytes = signature ? from_base64(*signature) : std::nullopt;
  return bytes && !bytes->empty()
         && equal_in_constant_time(*bytes, server_signature_);
}

} // namespace causeway::protocol
