"""Fourth and fifth set: secrets that only words announce, in sentences, settings and code.

Both were written at one time, before the rule for announced values was changed. What the rule
missed of the fourth was looked at and mended; the fifth was measured, never looked at. They share
no phrase and no way to make a value. Passwords of letters alone are a word like any other and
counted apart.
"""

import base64
import random
import string
import uuid
from collections.abc import Callable
from typing import NamedTuple

from bench.detection_sets.phrases import Planted
from bench.detection_sets.tokens import BASE32, HEX, MIXED, WEB

Make = Callable[[random.Random], str]


class Told(NamedTuple):
    """Phrases that announce a value, and what they announce."""

    passwords: tuple[str, ...]
    """Phrases around a password."""
    keys: tuple[str, ...]
    """Phrases around a generated key or token."""
    chosen: tuple[Make, ...]
    """Ways in which people and programs choose passwords."""
    generated: tuple[Make, ...]
    """Ways in which issuers make keys."""


def _some(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choices(alphabet, k=count))


def _number(rng: random.Random, low: int, high: int) -> str:
    return str(rng.randint(low, high))


_PETS = ("biscuit", "liverpool", "mountain", "schatzi", "marseille", "dragon", "pumpkin", "ronaldo")
_LEET = str.maketrans("aeio", "@310")


def _mixed_signs(rng: random.Random, signs: str, low: int, high: int) -> str:
    count = rng.randint(low, high)
    must = [rng.choice(signs), rng.choice(string.digits), rng.choice(string.ascii_uppercase)]
    rest = rng.choices(MIXED + signs, k=count - 3)
    rng.shuffle(must)
    # A sentence's own marks at the end would not be told from the password's.
    return must[0] + "".join(rest) + must[1] + must[2] + rng.choice(string.ascii_lowercase)


FOURTH = Told(
    passwords=(
        "The password is {}.",
        "the password is: {}",
        "password is now {} btw",
        "ok so the admin password was {} before the migration",
        "My password: {}",
        "pw: {}",
        "pass: {}",
        "PW = {}",
        "login: bob\npassword: {}",
        "username=svc_backup password={}",
        "Username: admin / Password: {}",
        "user: root, pass: {}",
        "Das Passwort lautet {}.",
        "Passwort ist {} bitte nicht weitergeben",
        "Kennwort: {}",
        "Le mot de passe est {}.",
        "mot de passe : {}",
        "La contraseña es {}",
        "contraseña: {}",
        "A senha é {} por enquanto",
        "senha: {}",
        "La password è {}, cambiala",
        "Het wachtwoord is {}",
        "Hasło: {}",
        "hasło to {}",
        "Пароль: {}",
        "Пароль от сервера {}",
        "Şifre: {}",
        "密码是{}",
        "密码：{}",
        "パスワードは {} です",
        "비밀번호: {}",
        "I set the wifi passphrase to {} yesterday",
        "you can sign in with the password {}",
        "use {} as the password",
        "Log in as admin with {} as your password",
        'db.connect(user="app", password="{}")',
        "mysqldump -u backup -p'{}' shop > dump.sql",
        "sshpass -p '{}' ssh deploy@10.0.0.4",
        "curl -u deploy:{} https://repo.corp.net/a.jar",
        "net use Z: \\\\files\\share /user:corp\\bob {}",
        "CREATE USER 'app'@'%' IDENTIFIED BY '{}';",
        "ALTER ROLE reporting WITH PASSWORD '{}';",
        "spring:\n  datasource:\n    password: {}",
        'POSTGRES_PASSWORD: "{}"',
        "<password>{}</password>",
        "| user | password |\n|---|---|\n| bob | {} |",
        '{{"user": "bob", "pwd": "{}"}}',
        "Server=db1;Database=shop;User Id=app;Password={};Encrypt=true",
        "machine git.corp.net login ci password {}",
        "requirepass {}",
        "$env:DB_PASS = '{}'",
        'final String dbPassword = "{}";',
        "export SMTP_PASS='{}'",
        "smtp_pass => '{}',",
        "the pin pad wants {} as passcode",
        "passcode: {}",
        "temporary password ({}) expires tomorrow",
        "Your one-time password has been reset to {}",
        "I changed my password from {} to something else",
    ),
    keys=(
        "The key: {}",
        "the api key is {}",
        "api key {} stopped working",
        "Here is my API key: {}",
        "my token is {}, can you check it?",
        "Token: {}",
        "use the token {} for staging",
        "secret key: {}",
        "secret={}",
        "X-API-Key: {}",
        "x-auth-token: {}",
        "Authorization: Bearer {}",
        "Authorization: token {}",
        "curl -H 'X-Api-Key: {}' https://api.corp.net/v1",
        "https://api.corp.net/v1/items?api_key={}&page=2",
        "https://api.corp.net/v1/items?token={}",
        "wss://stream.corp.net/?access_token={}",
        "API_KEY={}",
        "const apiKey = '{}';",
        'let API_SECRET: &str = "{}";',
        "apiKey: '{}',",
        '"client_secret": "{}"',
        'client := New("{}") // api key',
        'os.environ["STRIPE_SECRET"] = "{}"',
        "Der API-Schlüssel lautet {}",
        "Schlüssel: {}",
        "La clé API est {}",
        "clé secrète : {}",
        "La clave de API es {}",
        "clave secreta: {}",
        "A chave da API é {}",
        "chave: {}",
        "La chiave API è {}",
        "De API-sleutel is {}",
        "Klucz API: {}",
        "Ключ API: {}",
        "токен: {}",
        "API anahtarı: {}",
        "API密钥是 {}",
        "密钥：{}",
        "APIキーは {} です",
        "API 키: {}",
        "webhook signing secret is {}",
        "the shared secret was {} until May",
        "encryption key = {}",
        "license key: {}",
        "session id {} leaked, it is an auth token",
        "Set-Cookie: session_token={}; HttpOnly",
        "kubectl create secret generic api --from-literal=key={}",
        "aws configure set aws_secret_access_key {}",
        'provider "acme" {{\n  api_token = "{}"\n}}',
        "- env:\n    - name: API_TOKEN\n      value: {}",
        "--api-key {} --region eu",
        "--token={}",
        "app.secret_key = b'{}'",
        "SECRET_KEY = '{}'",
        "accesskey: {}",
        "refresh token -> {}",
    ),
    chosen=(
        lambda r: r.choice(_PETS).title() + _number(r, 1950, 2026) + r.choice(("!", "#", "$", "")),
        lambda r: r.choice(_PETS).translate(_LEET) + _number(r, 10, 99),
        lambda r: r.choice(_PETS) + r.choice("-_.") + r.choice(_PETS) + _number(r, 1, 99),
        lambda r: _mixed_signs(r, "!#$%&*+-=?@^_~", 8, 18),
        lambda r: _some(r, MIXED, r.randint(10, 20)) + _number(r, 0, 9),
    ),
    generated=(
        lambda r: _some(r, HEX, r.choice((32, 40))),
        lambda r: _some(r, MIXED, r.choice((20, 32, 40))),
        lambda r: base64.b64encode(r.randbytes(32)).decode(),
        lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
        lambda r: _some(r, BASE32, 32),
        lambda r: r.choice(("acme", "prod", "live", "tk", "key")) + "_" + _some(r, MIXED, 28),
        lambda r: _some(r, WEB, 39) + "4",
    ),
)

_PLACES = ("autumn", "berlin", "guitar", "sailor", "coffee", "valencia", "hockey", "butterfly")
_ALPHABET58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

FIFTH = Told(
    passwords=(
        "hey, the pwd for the staging box is {}",
        "Password for the shared account is {} - please rotate",
        "password's {} if you need it",
        "new password = {}",
        "The root password should be {} on all three",
        "creds: admin / {}",
        "credentials are bob:{}",
        "login with alice and {}",
        "Temp pass: {}",
        "admin pw {} still works",
        "wifi pw is {}",
        "Guest Wi-Fi\nNetwork: corp-guest\nPassword: {}",
        "we hardcoded the password {} in the script",
        "Ich habe das Passwort auf {} gesetzt",
        "Zugangsdaten: admin / {}",
        "PIN/Passwort: {}",
        "le mdp est {}",
        "mdp : {}",
        "Mi contraseña era {} y ya no funciona",
        "clave: {}",
        "minha senha atual é {}",
        "parola d'ordine: {}",
        "Wachtwoord voor de router: {}",
        "Lösenord: {}",
        "Salasana on {}",
        "Adgangskode: {}",
        "Heslo je {}",
        "Jelszó: {}",
        "Parola: {}",
        "Κωδικός: {}",
        "пароль {} не подходит",
        "口令: {}",
        "パスワード：{}",
        "암호는 {} 입니다",
        "رمز عبور: {}",
        "conn = psycopg2.connect(host='db', user='app', password='{}')",
        "ldapsearch -D cn=admin -w '{}' -b dc=corp",
        "redis-cli -a '{}' ping",
        "wget --user=ci --password='{}' https://repo.corp.net/x.tgz",
        "smbclient //nas/share -U 'bob%{}'",
        "GRANT ALL ON shop.* TO 'app'@'%' IDENTIFIED BY \"{}\"",
        "SET PASSWORD FOR 'root'@'localhost' = PASSWORD('{}');",
        "ansible_become_pass: {}",
        "ftp_password {}",
        '<property name="password" value="{}"/>',
        "<Password>{}</Password>",
        "jdbc:mysql://db:3306/shop?user=app&password={}",
        "Data Source=sql1;uid=sa;pwd={};",
        '{{"username":"bob","passwd":"{}"}}',
        "user,password\nbob,{}\n",
        'private const string Pwd = "{}";',
        "define('DB_PASSWORD', '{}');",
        "config.smtp_settings = {{ password: '{}' }}",
        'os.Setenv("DB_PASSWORD", "{}")',
        '[client]\nuser=root\npassword="{}"',
        "keystore passphrase is {}",
        "storepass {} -keypass changeit",
        "unlock code: {}",
        "they emailed me {} as the initial password",
        "Type {} when it asks for the password.",
    ),
    keys=(
        "key = {}",
        "API Key - {}",
        "our production api key, {}, was leaked",
        "I keep getting 401 with key {}",
        "the secret is {} and the id is 42",
        "bearer token {} expired",
        "access token: {}",
        "Auth token is `{}`",
        "private token: {}",
        "deploy key {}",
        "subscription key: {}",
        "Ocp-Apim-Subscription-Key: {}",
        "X-Vault-Token: {}",
        "PRIVATE-TOKEN: {}",
        "Authorization: ApiKey {}",
        "Proxy-Authorization: Bearer {}",
        "http -A bearer -a {} api.corp.net",
        "https://maps.corp.net/js?key={}",
        "https://feed.corp.net/rss?auth={}&n=10",
        "postgres key rotated: old {} new pending",
        "NEXT_PUBLIC_APP_SECRET={}",
        'export HMAC_KEY="{}"',
        "JWT_SECRET: {}",
        'val token = "{}"',
        'private static final String TOKEN = "{}";',
        'string secret = @"{}";',
        ":api_key => '{}'",
        "openai.api_key = '{}'",
        "headers = {{'Authorization': 'Token {}'}}",
        "'X-Auth-Key' => '{}'",
        "client = Client(token='{}')",
        'api.New(api.WithKey("{}"))',
        "[auth]\ntoken = {}",
        "Ihr Zugangstoken: {}",
        "Geheimer Schlüssel = {}",
        "Jeton d'accès : {}",
        "Token de acceso: {}",
        "Chave secreta: {}",
        "Token di accesso: {}",
        "geheime sleutel: {}",
        "API-nyckel: {}",
        "секретный ключ {}",
        "gizli anahtar: {}",
        "访问令牌：{}",
        "アクセストークン: {}",
        "액세스 토큰: {}",
        "storage account key is {}",
        "here's the signing key {}",
        "salt and pepper: pepper={}",
        "cookie secret: {}",
        "recovery key: {}",
        "vault unseal key 1: {}",
        "docker login -u ci -p {} registry.corp.net",
        "helm install x --set auth.token={}",
        "terraform apply -var 'api_key={}'",
        "gh secret set API_KEY --body {}",
        "git clone https://oauth2:{}@git.corp.net/a.git",
        "DSN: https://{}@errors.corp.net/4",
    ),
    chosen=(
        lambda r: r.choice(_PLACES).title() + r.choice("#&@!") + r.choice(_PLACES) + "7",
        lambda r: _number(r, 1, 9) + r.choice(_PLACES) + r.choice(_PLACES).title() + "!",
        lambda r: r.choice(("1qaz", "zaq1", "3edc", "qaz!")) + r.choice(("XSW@", "WSX#", "mko0")),
        lambda r: r.choice(_PLACES).title() + r.choice(_PLACES).title() + _number(r, 100, 999),
        lambda r: _mixed_signs(r, "!#%*+-?@^_~:.", 12, 28),
        lambda r: "-".join(r.choices(_PLACES, k=3)) + _number(r, 10, 99),
        lambda r: _some(r, string.ascii_lowercase, 5) + _number(r, 1000, 9999),
    ),
    generated=(
        lambda r: _some(r, HEX, r.choice((24, 48, 64))),
        lambda r: _some(r, HEX.upper(), 32),
        lambda r: _some(r, _ALPHABET58, r.choice((22, 27, 44))),
        lambda r: base64.b64encode(r.randbytes(24)).decode(),
        lambda r: base64.b64encode(r.randbytes(64)).decode(),
        lambda r: "-".join(_some(r, MIXED, 5) for _ in range(5)),
        lambda r: r.choice(("cs", "app", "wh", "svc")) + "-" + _some(r, MIXED, 24),
        lambda r: _some(r, MIXED, 12) + "." + _some(r, WEB, 26) + "9",
    ),
)

_AROUND = (
    "{}",
    "{}",
    "Hi team,\n\n{}\n\nThanks!",
    "Why does this not work?\n```\n{}\n```",
    "1) open the console\n2) {}\n3) retry",
)
LETTERS_ALONE: tuple[Make, ...] = (
    lambda r: r.choice(_PETS),
    lambda r: r.choice(_PLACES) + r.choice(_PETS),
)
"""Passwords that no sign tells from other words."""


def rows(
    phrases: tuple[str, ...], makers: tuple[Make, ...], count: int, seed: int
) -> list[Planted]:
    """Return rows, so many for each phrase, with one value each."""
    rng = random.Random(f"told{seed}")
    made = []
    for phrase in phrases:
        for _ in range(count):
            value = rng.choice(makers)(rng)
            text = rng.choice(_AROUND).replace("{}", phrase.format(value))
            made.append(Planted(text, ((phrase, value),)))
    return made
