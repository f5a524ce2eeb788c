#include "tests/support/test_authority.hpp"

#include "protocol/base64.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace causeway::test {

namespace {

constexpr long day = 24 * 60 * 60;

void add_extension(X509* to, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  auto x = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  if (x == nullptr)
    throw std::runtime_error("not an extension: " + value);
  X509_add_ext(to, x, -1);
  X509_EXTENSION_free(x);
}

X509* make_certificate(const char* name, long serial, int days, EVP_PKEY* key) {
  auto out = X509_new();
  X509_set_version(out, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out), serial);
  X509_gmtime_adj(X509_getm_notBefore(out), -2 * day);
  X509_gmtime_adj(X509_getm_notAfter(out), (days - 2) * day);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out), "CN", MBSTRING_ASC,
    reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_pubkey(out, key);
  return out;
}

std::string pin_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  auto size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(bytes, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(bytes);
  return "sha256/"
         + protocol::to_base64(
           {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

} // namespace

test_authority::test_authority(const char* name) {
  std::string folder =
    std::filesystem::temp_directory_path() / "causeway-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr)
    throw std::runtime_error("cannot make a folder for certificates");
  folder_ = folder;
  auto key = EVP_EC_gen("P-256");
  auto own = make_certificate(name, 1, 30, key);
  X509_set_issuer_name(own, X509_get_subject_name(own));
  add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(own, key, EVP_sha256());
  certificate_ = own;
  key_ = key;
  own_ = write("authority", own, key);
}

test_authority::~test_authority() {
  X509_free(static_cast<X509*>(certificate_));
  EVP_PKEY_free(static_cast<EVP_PKEY*>(key_));
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

test_authority::files test_authority::issue(
  const std::string& names, int days) {
  auto issuer = static_cast<X509*>(certificate_);
  auto key = EVP_EC_gen("P-256");
  auto made = make_certificate("example.org", 2 + issued_, days, key);
  X509_set_issuer_name(made, X509_get_subject_name(issuer));
  add_extension(made, issuer, NID_basic_constraints, "critical,CA:FALSE");
  if (!names.empty())
    add_extension(made, issuer, NID_subject_alt_name, names);
  X509_sign(made, static_cast<EVP_PKEY*>(key_), EVP_sha256());
  auto out = write("issued-" + std::to_string(issued_++), made, key);
  X509_free(made);
  EVP_PKEY_free(key);
  return out;
}

test_authority::files test_authority::write(
  const std::string& name, void* certificate, void* key) const {
  files out{folder_ / (name + ".crt"), folder_ / (name + ".key"),
    pin_of(static_cast<X509*>(certificate))};
  auto crt = std::fopen(out.certificate.c_str(), "w");
  PEM_write_X509(crt, static_cast<X509*>(certificate));
  std::fclose(crt);
  auto pem = std::fopen(out.key.c_str(), "w");
  PEM_write_PrivateKey(
    pem, static_cast<EVP_PKEY*>(key), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(pem);
  return out;
}

} // namespace causeway::test
