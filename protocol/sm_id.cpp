/// XEP-0198 section 5: an SM-ID may encode whatever its server likes.
#include "protocol/sm_id.hpp"

#include "protocol/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace causeway::protocol {

namespace {

constexpr std::size_t max_text = 4000;
constexpr std::size_t key_id_size = 8;
constexpr std::size_t head_size = 1 + key_id_size;
constexpr std::size_t tag_size = 16;
constexpr std::size_t overhead = head_size + sm_nonce_size + tag_size;
constexpr char version = 1;

const unsigned char* octets(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

unsigned char* octets(std::string& x) {
  return reinterpret_cast<unsigned char*>(x.data());
}

int length(std::string_view x) {
  return static_cast<int>(x.size());
}

std::string key_id(const sm_key& x) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  EVP_Digest(x.secret.data(), x.secret.size(), octets(out), nullptr,
    EVP_sha256(), nullptr);
  out.resize(key_id_size);
  return out;
}

// -- fields: numbers have eight bytes; two before a text hold its length ------

constexpr std::size_t length_size = 2;

void write(std::string& to, std::uint64_t x, std::size_t size = sizeof(x)) {
  while (size > 0)
    to += static_cast<char>(x >> --size * 8 & 0xff);
}

// A text whose length does not fit makes the whole too long.
void write(std::string& to, std::string_view x) {
  write(to, x.size(), length_size);
  to += x;
}

std::string write(const sm_id& x) {
  std::string out;
  write(out, x.node);
  write(out, x.incarnation);
  write(out, x.session);
  write(out, x.domain);
  write(out, x.bare_jid);
  write(out, x.endpoint);
  write(out, x.upstream_id);
  write(out, x.issued);
  write(out, x.resource);
  return out;
}

bool read(std::string_view& from, std::uint64_t& x,
  std::size_t size = sizeof(std::uint64_t)) {
  if (from.size() < size)
    return false;
  x = 0;
  for (auto c : from.substr(0, size))
    x = x << 8 | static_cast<unsigned char>(c);
  from.remove_prefix(size);
  return true;
}

bool read(std::string_view& from, std::string& x) {
  std::uint64_t size = 0;
  if (!read(from, size, length_size) || size > from.size())
    return false;
  x = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}

std::optional<sm_id> read(std::string_view from) {
  sm_id x;
  auto whole = read(from, x.node) && read(from, x.incarnation)
               && read(from, x.session) && read(from, x.domain)
               && read(from, x.bare_jid) && read(from, x.endpoint)
               && read(from, x.upstream_id) && read(from, x.issued)
               && read(from, x.resource);
  return whole && from.empty() ? std::optional{std::move(x)} : std::nullopt;
}

// -- NIST SP 800-38D: AES-256-GCM ---------------------------------------------

using context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

context make_context() {
  return {EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
}

// Ciphertext and tag; empty if OpenSSL fails.
std::string encrypt(const sm_key& key, std::string_view nonce,
  std::string_view head, std::string_view plain) {
  auto c = make_context();
  std::string out(plain.size(), '\0');
  std::string tag(tag_size, '\0');
  auto n = 0;
  auto done =
    c
    && EVP_EncryptInit_ex(
      c.get(), EVP_aes_256_gcm(), nullptr, key.secret.data(), octets(nonce))
    && EVP_EncryptUpdate(c.get(), nullptr, &n, octets(head), length(head))
    && EVP_EncryptUpdate(c.get(), octets(out), &n, octets(plain), length(plain))
    && EVP_EncryptFinal_ex(c.get(), octets(out) + n, &n)
    && EVP_CIPHER_CTX_ctrl(
      c.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size), tag.data());
  return done ? out + tag : std::string{};
}

// Nothing if one bit of it is not what was sealed.
std::optional<std::string> decrypt(const sm_key& key, std::string_view nonce,
  std::string_view head, std::string_view sealed) {
  auto c = make_context();
  auto secret = sealed.substr(0, sealed.size() - tag_size);
  std::string tag{sealed.substr(secret.size())};
  std::string out(secret.size(), '\0');
  auto n = 0;
  auto done =
    c
    && EVP_DecryptInit_ex(
      c.get(), EVP_aes_256_gcm(), nullptr, key.secret.data(), octets(nonce))
    && EVP_DecryptUpdate(c.get(), nullptr, &n, octets(head), length(head))
    && EVP_DecryptUpdate(
      c.get(), octets(out), &n, octets(secret), length(secret))
    && EVP_CIPHER_CTX_ctrl(
      c.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size), tag.data())
    && EVP_DecryptFinal_ex(c.get(), octets(out) + n, &n) > 0;
  return done ? std::optional{std::move(out)} : std::nullopt;
}

int hexadecimal(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

sm_key_ring::sm_key_ring(std::vector<sm_key> keys) {
  for (auto& x : keys)
    keys_.push_back({key_id(x), x});
}

std::string sm_key_ring::seal(const sm_id& x, std::string_view nonce) const {
  if (keys_.empty() || nonce.size() != sm_nonce_size)
    return {};
  auto& [id, key] = keys_.front();
  auto plain = write(x);
  // Base64 makes four characters of three bytes.
  if (plain.size() + overhead > max_text / 4 * 3)
    return {};
  auto head = version + id;
  auto sealed = encrypt(key, nonce, head, plain);
  if (sealed.empty())
    return {};
  return to_base64url((head + std::string{nonce}) + sealed);
}

std::optional<sm_id> sm_key_ring::open(std::string_view text) const {
  if (keys_.empty())
    return std::nullopt;
  // Whatever it is, one decryption of about its size: neither reply nor time
  // tells a forger how far he has come.
  auto decoded = from_base64url(text.substr(0, max_text));
  auto genuine = decoded && text.size() <= max_text
                 && decoded->size() >= overhead && decoded->front() == version;
  auto bytes = std::move(decoded).value_or(std::string{text.substr(0, 3000)});
  bytes.resize(std::max(bytes.size(), overhead));
  std::string_view rest = bytes;
  auto head = rest.substr(0, head_size);
  auto nonce = rest.substr(head_size, sm_nonce_size);
  rest.remove_prefix(head_size + sm_nonce_size);
  auto key = std::ranges::find(keys_, head.substr(1), &named_key::id);
  if (key == keys_.end()) {
    genuine = false;
    key = keys_.begin();
  }
  auto plain = decrypt(key->key, nonce, head, rest);
  return genuine && plain ? read(*plain) : std::nullopt;
}

result<sm_key, std::string> parse_sm_key(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  auto begin = std::min(text.find_first_not_of(space), text.size());
  auto digits = text.substr(begin, text.find_last_not_of(space) + 1 - begin);
  sm_key key;
  if (digits.size() != key.secret.size() * 2)
    return "a key has 64 hexadecimal digits, not "
           + std::to_string(digits.size());
  for (std::size_t i = 0; i < key.secret.size(); ++i) {
    auto high = hexadecimal(digits[2 * i]);
    auto low = hexadecimal(digits[2 * i + 1]);
    if (high < 0 || low < 0)
      return std::string{"a key has hexadecimal digits only"};
    key.secret[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return key;
}

} // namespace causeway::protocol
