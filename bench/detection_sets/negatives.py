"""Texts without personal data or secrets that look full of them."""

import base64
import pydoc_data.topics
import random
import sysconfig
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_TURNS = 300
_PLACEHOLDERS = (
    "sk-xxxx",
    "${TOKEN}",
    'password = os.environ["DB"]',
    "api_key=YOUR_API_KEY",
    "token: <your-token>",
    "jo@example.com or 555-0142",
    "user:password@localhost",
    "logo@2x.png",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "0.0.0.0",
    "upgrade to version 10.2.34.1",
    "(1983-2001)",
    "ghp_" + "x" * 36,
    "@decorator.wraps",
    "x = a @ b.T",
    "std::map<int, int>::iterator",
    "password: at least 12 characters",
)


def hard_lines(count: int, seed: int) -> Iterator[str]:
    """Yield lines of ids, sums, dates, coordinates, stamps, digests and pictures."""
    rng = random.Random(seed)
    for _ in range(count):
        a, b = rng.randint(10**6, 10**9), rng.randint(1000, 10**7)
        stamp = f"20{rng.randint(10, 29)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
        yield rng.choice(
            (
                str(uuid.UUID(int=rng.getrandbits(128))),
                f"commit {rng.getrandbits(160):040x}",
                f"sha256:{rng.getrandbits(256):064x}",
                f"ISBN 978-{rng.randint(0, 9)}-{rng.randint(10, 99)}"
                f"-{rng.randint(10**5, 10**6 - 1)}-{rng.randint(0, 9)}",
                f"[{stamp} {clock}.{rng.randint(0, 999999):06d}] INFO worker-{b % 64} done",
                f"{stamp}T{clock}Z epoch {rng.randint(10**9, 2 * 10**9)}{rng.randint(0, 999):03d}",
                f"{a} + {b} = {a + b}",
                f"{a} * {b} = {a * b}",
                f"lat {rng.uniform(-90, 90):.6f}, lon {rng.uniform(-180, 180):.6f}",
                f"order {rng.randint(10**9, 10**12)} ticket #{rng.randint(1000, 10**7)}",
                f"id={rng.randint(10**14, 10**17)}",
                f"v{rng.randint(0, 20)}.{rng.randint(0, 40)}.{rng.randint(0, 400)}",
                f"{rng.uniform(0, 1):.16f} {rng.uniform(0, 1e6):.4f}",
                "data:image/png;base64," + base64.b64encode(rng.randbytes(300)).decode(),
                f"0x{rng.getrandbits(64):016x} {rng.getrandbits(32):08x}",
                f"{rng.randint(1, 31):02d}.{rng.randint(1, 12):02d}.{rng.randint(1950, 2030)}"
                f" {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}",
                f"{rng.randint(1, 999)},{rng.randint(0, 999):03d},{rng.randint(0, 999):03d} rows",
                f"pages {b % 900 + 100}-{a % 1000 + 1000}, {rng.randint(1900, 2026)}",
                " ".join(str(rng.randint(0, 9999)) for _ in range(8)),
                rng.choice(_PLACEHOLDERS),
            )
        )


_ANNOUNCING = (
    "Your password must have {n} characters, one digit and one of !#$%.",
    "The password is hashed with sha256 and a {n}-byte salt.",
    "password: string, minLength: {n}",
    "The primary key is order_id{n}, the foreign key is customer_{n}_id.",
    "max_tokens={n}, temperature=0.7, top_p=0.95",
    "token count: {n} tokens per request, about {n}k per day",
    "The key is to start early: version {n}.0 took 3x longer.",
    "press the F5 key or Ctrl+Shift+{n}",
    "key: user_{n}_profile, value: 42",
    "cache key = f'user:{{user_id}}:v{n}'",
    "api_key = os.getenv('SERVICE_KEY_{n}')",
    "password = input('Password {n}: ')",
    "secret: projects/{n}/secrets/db-password/versions/3",
    "secretKeyRef:\n  name: db-credentials-v{n}\n  key: password",
    "if token == tokens[{n}]: return tok2id[token]",
    "a token is about 0.75 words, so {n}k tokens are 96 pages",
    "Das Passwort muss {n} Zeichen haben, z. B. Gross- und Kleinbuchstaben.",
    "Le mot de passe doit contenir {n} caractères et expire le 1er mai.",
    "La contraseña debe tener {n} caracteres (mínimo 8).",
    "Пароль должен содержать не менее {n} символов и 1 цифру.",
    "密码长度为{n}位，至少包含1个数字。",
    "パスワードは{n}文字以上で、utf8で保存されます",
    "The wifi password is on page A{n} of the manual.",
    "Use argon2id or bcrypt for passwords; PBKDF2-HMAC-SHA256 with {n}000 rounds at least.",
    "The token is valid for {n}min, the refresh token for 30d.",
    "Authentication uses OAuth2 tokens (RFC6749) and JWT (RFC7519), HS256 or RS{n}.",
    "passed 3of{n} tests, see pass1.log",
    "license key: see LICENSE-2.0, section {n}b",
    "keys: a1, b2, c{n}",
    "the public key is AAAAC3NzaC1lZDI1NTE5AAAAIHq{n}x8Lw2vQm3bTz9dK4nYp0RcJfE6sUa",
    "key fingerprint: SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDJw{n}K3mQd8oF2",
    "Secret Santa is on 24.12., limit {n}EUR",
    "The keyword3 argument and the key{n} attribute are deprecated since Python3.9.",
    "for key, value in data{n}.items(): print(key, value)",
    "sort_key=lambda x: x[{n}]['col2']",
    "El token de la clase es obj{n}.token2",
    "my pass rate was 87% in 2023 and 91.{n}% in 2024",
    "password reset: https://app.corp.net/reset-password/step2?lang=en{n}",
    "the password field (id=pwd{n}) is hidden until step2",
    "token_type: bearer, expires_in: {n}00",
    "export TOKEN=$(vault kv get -field=token kv/app{n})",
    "password: {{{{ lookup('env', 'DB_PASS_{n}') }}}}",
    "DB_PASSWORD=${{DB_PASSWORD_V{n}}}",
    "password: <your-password-{n}>",
    "API key: sk-...{n}abc (hidden)",
    "passphrase: ********{n}",
    "credentials: user{n}@corp.net",
    "KEY_LEFT{n} = pygame.K_F12",
    "The encryption key is 256bit, the nonce 96bit, the tag {n}bit.",
    "Het wachtwoord moet {n} tekens lang zijn, bijv. 3x per jaar wijzigen",
)


_SPEAKING = (
    "Password policy v{n}: rotate every {n}days, never reuse the last 5.",
    "The password manager 1Password7 exports CSV, Bitwarden exports JSON.",
    "Argon2id is the password hash of choice, PBKDF2 with SHA512 is the fallback.",
    "To change the password run passwd, then log in on tty{n} again.",
    "the password column is VARCHAR({n}), the hash is CHAR(60)",
    "ALTER TABLE users ADD COLUMN password_v{n} TEXT;",
    "def set_password2(self, raw): self.password = make_hash(raw, rounds={n})",
    "from passlib.hash import pbkdf2_sha256, bcrypt_sha256  # password hashing",
    "const passwordRegex = /^(?=.*[A-Z])(?=.*[0-9]).{{{n},}}$/;",
    "the password reset mail goes through smtp2.corp.net on port 587",
    "Password fields: #pw1, #pw2 and the button .btn-{n}",
    "password strength: zxcvbn score 3/4, about 10^{n} guesses",
    "Win10 asks for the password twice, Win11 only once",
    "the password prompt of OpenSSH8.{n} is hidden",
    "is the password sent over http/1.1 or http2?",
    "my password was leaked in breach LinkedIn2012, says haveibeenpwned",
    "PIN and password differ: ISO9564 covers PINs, NIST800-63B passwords",
    "the docs say the password is stored in /etc/shadow, see man5",
    "Change password -> Settings -> Security (step {n}of7)",
    "password: type=string, format=password, maxLength={n}x",
    "User{n} forgot the password, User{n}b did not.",
    "Ticket ABC-{n}12: password dialog does not close on F5",
    "The wifi password is printed on label B{n}-rear.",
    "In Python3.{n} getpass hides the password on a tty.",
    "password == confirm_password2 or raise ValidationError(code=E{n}01)",
    "the API key is created under Settings > Tokens2, then copied",
    "key rotation: every 90d, keys older than {n}d are revoked",
    "The key handler maps Ctrl+K Ctrl+{n} to fold_level_2.",
    "KeyError: 'item_{n}_price_eur' in load_prices_v2",
    "the token bucket refills at 5tokens/s with burst {n}k",
    "tokens per second: 45.2tok/s on RTX4090, {n}tok/s on M2Pro",
    "The tokenizer maps 'foo{n}bar' to the token ids 17, 2201 and 9.",
    "i18n keys: errors.http_404.title, errors.http_5{n}.body",
    "SSH keys: ed25519 is preferred to rsa4096 and ecdsa-p{n}6",
    "secret sauce recipe{n}: 2tsp paprika, 1cup ketchup",
    "Secret level {n}-3 is behind the W2 waterfall.",
    "the secret is mounted at /run/secrets/db_password_v{n}",
    "key=value pairs such as retries=3x or mode=A{n}b are parsed lazily",
    "foreign key fk_order_line_{n} references order_head_v2(id)",
    "press any key to boot from CD{n}ROM0 ...",
    "Piano keys: C4 is middle C, A4 is 440Hz, {n} of 88 are broken.",
    "Das Passwort wird mit SHA256 gehasht, Version {n}.2b",
    "Passwort-Richtlinie: mind. 12Zeichen, max. {n}Zeichen, 2FA-Pflicht",
    "El campo contraseña2 debe coincidir con contraseña{n}",
    "le mot de passe est haché avec bcrypt2y en {n}ms",
    "A senha precisa ter 8a{n} caracteres",
    "пароль хранится как sha512crypt, версия {n}б",
    "密码使用SHA256加密，共{n}轮",
    "パスワードはbcrypt2bで{n}回ハッシュされます",
    "password hash: $2b$12$ prefix, then 22chars salt and {n}chars digest",
    "class PasswordDialog{n}(Widget2D): pass",
    "passphrase words come from the EFF list2, about {n}bits in all",
    "login code lives in auth/views_v{n}.py, the password form in forms2.html",
    "Login takes 3x longer since Release2024b, the password check {n}ms",
    "credentials come from AWS_PROFILE=team{n}b or the EC2 role",
    "Basic auth: user and password in base64, e.g. by btoa2({n})",
    "password=<redacted:{n}b>",
    "password: ${{env:DB_PASS{n}}}",
    "password = config['db{n}']['pw2']",
    "password: REDACTED_{n}",
)


def speaking(count: int, seed: int) -> Iterator[bytes]:
    """Yield blocks of further such lines, written beside the newest sets of told secrets."""
    rng = random.Random(seed)
    for _ in range(count):
        lines = (line.format(n=rng.randint(6, 64)) for line in _SPEAKING)
        yield "\0".join(lines).encode()


def announcing(count: int, seed: int) -> Iterator[bytes]:
    """Yield blocks of lines that speak of passwords, keys and tokens and tell none."""
    rng = random.Random(seed)
    for _ in range(count):
        lines = (line.format(n=rng.randint(6, 64)) for line in _ANNOUNCING)
        yield "\0".join(lines).encode()


def hard_blocks(count: int, seed: int) -> Iterator[bytes]:
    """Yield those lines as turns, a few hundred to a block."""
    lines = hard_lines(count, seed)
    while turns := list(islice(lines, _TURNS)):
        yield "\0".join(turns).encode()


def documentation() -> Iterator[bytes]:
    """Yield the language reference that every Python carries."""
    for text in pydoc_data.topics.topics.values():
        yield text.encode()


def sources() -> Iterator[bytes]:
    """Yield the standard library's sources and tests, but no installed packages."""
    for file in sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        text = file.read_bytes()
        if "site-packages" not in file.parts and b"\0" not in text and _is_text(text):
            yield text


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
