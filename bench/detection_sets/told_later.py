"""The newest sets of secrets that only words announce, with values and phrases of their own.

First figures, passwords and keys: the eighth .75 and .88 with the rule as the seventh had left it;
the ninth .75 and 1.00 with the rule mended for the eighth (.70 and .91 before that); the tenth .71
and .96 with the rule mended for both (.57 and .90 before that). So of passwords that words nobody
has shown to the rule tell, expect seven in ten, of keys nineteen in twenty. The tenth was not
mended for. Its values are lower-case words with a number, or letters and digits, and its phrases
speak around them: such values look like any other word and need a direct announcement.
"""

import base64
import random
import string

from bench.detection_sets.tokens import BASE32, HEX, MIXED
from bench.detection_sets.told import ALPHABET58, Told, mixed_signs, number, some

_BIRDS = ("heron", "magpie", "ostrich", "pelican", "robin", "toucan", "vulture", "wagtail")
_SAYINGS = ("Wdydtta", "Mvemjsun", "Ihn2wttd", "Tqbfjotld", "Aclnwsrfa", "Ebgdbf2c", "Rwbkznml")
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjkmnpqrstvwxz"


def _syllables(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(count))


def _keychain(rng: random.Random) -> str:
    """Return a password as phones propose them: three groups, one capital, one digit."""
    groups = [
        "".join(
            rng.choice(_CONSONANTS) + rng.choice(_VOWELS) + rng.choice(_CONSONANTS)
            for _ in range(2)
        )
        for _ in range(3)
    ]
    groups[0] = groups[0][:5] + rng.choice(string.digits)
    groups[1] = groups[1][0].upper() + groups[1][1:]
    return "-".join(groups)


def _date(rng: random.Random) -> str:
    return f"{rng.randint(1, 28):02d}{rng.randint(1, 12):02d}{rng.randint(1950, 2019)}"


EIGHTH = Told(
    passwords=(
        "For what it's worth, {} is the password I normally use there",
        "Got it, password accepted: {}",
        "the support guy said to try {} as password",
        "Nobody changed the camera password, still {}",
        "our shared password hasn't changed ({})",
        "the password you are looking for is {}",
        "Password reminder: {}",
        "Password hint was useless, it's {}",
        "your new password will be {}",
        "set the password of user backup to {}",
        "I always reuse the same password, {}, everywhere",
        "password, if anyone asks: {}",
        "Wi-Fi: CoffeeHouse / {} (password)",
        "hotel wifi, room 12, passwd {}",
        "SSID: Attic5G, Key: {}",
        "The combination of user maria and password {} fails with 401",
        "enter {} at the password prompt",
        "after typing the password {} twice it locked me out",
        "Passwords: mail={}, bank in the safe",
        "[vpn]\nusername = kim\npass = {}",
        "db:\n  user: reports\n  pass: '{}'",
        "wifi.password={}",
        "PASS={} ./deploy.sh",
        "-p {} # password",
        "sudo password on that box: {}",
        "zip password: {}",
        "unzip -P {} archive.zip",
        "7z x data.7z -p{}",
        "openssl rsa -passin pass:{} -in server.pem",
        "gpg --batch --passphrase {} -d dump.gpg",
        "ssh root@10.1.1.9  # pw {}",
        "mount -t cifs //nas/media /mnt -o username=kim,password={}",
        "rclone obscure {}  # the bucket password",
        "kubectl create secret generic db --from-literal=password={}",
        "User.create!(email: 'kim@corp.net', password: '{}')",
        'page.fill("#password", "{}")',
        "driver.find_element(By.ID, 'password').send_keys('{}')",
        'await login("kim", "{}"); // password',
        "setPassword('{}');",
        "Das WLAN-Passwort hängt am Kühlschrank: {}",
        "Das Kennwort wurde auf {} geändert",
        "Mon mot de passe c'est {}",
        "le mot de passe du wifi : {}",
        "La contraseña sigue siendo {}",
        "usa la contraseña {} por ahora",
        "A senha do cofre era {}",
        "Il codice wifi, cioè la password, è {}",
        "Het wachtwoord blijft {}",
        "Mitt lösenord är {}",
        "Moje hasło to {}",
        "Моя пароль {} не менялась",
        "пароль от вайфая: {}",
        "şifrem {}",
        "密码设为{}",
        "パスワードを{}に変更しました",
        "비밀번호를 {}로 바꿨어요",
    ),
    keys=(
        "I rotated it, the fresh api key is now {}",
        "Does {} look like a valid API key to you?",
        "swap the old key for {} please",
        "the key they emailed us: {}",
        "key ending in 4f, full value {}",
        "Your access key has been created: {}",
        "Here you go, token = {}",
        "this is the webhook secret: {}",
        "the client's secret is {}",
        "our maps key, {}, is not restricted",
        "X-Auth: {} (that's my token)",
        "Service token\n{}",
        "apikey '{}' is over quota",
        "ApiKey {} not found",
        "Invalid token: {}",
        "curl 'https://api.corp.net/geo?appid={}'",
        "curl -H 'X-Api-Token: {}' api.corp.net",
        "export ACCESS_TOKEN='{}'",
        'os.environ["API_TOKEN"] = "{}"',
        'sdk.init({{ apiKey: "{}" }})',
        'client = ApiClient(key="{}", timeout=3)',
        'Authorization: "Bearer {}"',
        "token: {}  # rotate me",
        "auth:\n  token: {}",
        '{{"apiKey": "{}", "region": "eu"}}',
        "DEPLOY_TOKEN={}",
        "secrets:\n  session: x\n  signing_key: {}",
        "const SECRET_KEY = `{}`;",
        "-var token={}",
        "Der neue Token lautet {}",
        "mein API-Key war {}",
        "la clé secrète est {}",
        "la clave secreta es {}",
        "a chave de acesso é {}",
        "La chiave segreta: {}",
        "de toegangssleutel is {}",
        "klucz API to {}",
        "токен доступа {}",
        "我的令牌是{}",
        "トークンは{}です",
    ),
    chosen=(
        _keychain,
        lambda r: r.choice(_BIRDS).title() + _date(r),
        lambda r: r.choice(_SAYINGS) + r.choice("!?.") + number(r, 1, 99),
        lambda r: (
            r.choice(_BIRDS).translate(str.maketrans("aeost", "4305+")) + r.choice("!#") + "9"
        ),
        lambda r: _syllables(r, 3).title() + number(r, 10, 999),
        lambda r: mixed_signs(r, "!#$%&*+-?@_", 8, 14),
    ),
    generated=(
        lambda r: some(r, HEX, 40),
        lambda r: some(r, MIXED, 32) + "7",
        lambda r: base64.b64encode(r.randbytes(27)).decode(),
        lambda r: "tok_" + some(r, MIXED, 24) + "4",
        lambda r: some(r, BASE32, 40) + "2",
    ),
)

_TREES = ("alder", "beech", "cedar", "hazel", "juniper", "maple", "poplar", "willow")
_TOOLS = ("kettle", "ladder", "wrench", "pencil", "bucket", "candle", "mirror", "anchor")


def _between(rng: random.Random) -> str:
    return rng.choice(_TREES) + rng.choice("23456789") + rng.choice(_TOOLS)


def _groups(rng: random.Random, of: int, count: int) -> str:
    made = "-".join(some(rng, string.ascii_uppercase + "23456789", of) for _ in range(count))
    return made + rng.choice("23456789")


NINTH = Told(
    passwords=(
        "Sorry, wrong one: the correct password is {}",
        "Please don't laugh, my bank password used to be {}",
        "I think the password might be {} or something close",
        "can't log in, password {} gets rejected",
        "We agreed on {} for the team password",
        "they gave us the password {} at the front desk",
        "Once inside, the second password ({}) opens the vault",
        "password for kim@corp.net -> {}",
        "- password: {} (old)",
        "* Password — {}",
        "PASSWORD IS {}",
        "pw is {} fyi",
        "the pw: {}",
        "pass is {} lol",
        "user kim pass {}",
        "Login kim\nPass {}",
        "My passphrase reads {}",
        "passcode for the lockbox is {}",
        "both accounts share one password, namely {}",
        "her Instagram password, which is {}, leaked",
        "if the password isn't {} then try the other",
        "What if somebody guesses that my password is {}?",
        "Q: what's the guest password? A: {}",
        "admin console, username admin, password {}",
        "http://kim:{}@10.0.0.7:8080/",
        "FTP host ftp.corp.net user kim password {}",
        "kim's password has been changed to {}",
        "Password changed from {} to a longer one",
        "default credentials are kim / {}",
        "creds kim:{} work on both hosts",
        "Credentials\nuser: kim\nsecret: {}",
        "export PGPASSWORD={}",
        "MYSQL_PWD={} mysql -u kim",
        "DATABASE_PASSWORD: {}",
        "mongo --username kim --password {}",
        'client.login("kim@corp.net", "{}")  # password',
        'conn.setPassword("{}")',
        'self.password = "{}"',
        'if password == "{}":',
        'assert check_password("{}")',
        "{{'user': 'kim', 'password': '{}'}}",
        "<pass>{}</pass>",
        "password|{}|",
        "Host corp\n  User kim\n  # password {}",
        "Mein neues Passwort lautet ab heute {}",
        "das Passwort von der Fritzbox steht hinten drauf, {}",
        "mot de passe provisoire : {}",
        "le mdp c'est {}",
        "mi contraseña nueva es {}",
        "la clave del wifi es {}",
        "minha senha é {} mas vou trocar",
        "la mia password è sempre {}",
        "mijn wachtwoord was {}",
        "hasło do wifi: {}",
        "пароль сейчас {}",
        "wifi şifresi: {}",
        "密码就是{}",
        "パスワードは{}です",
        "비번은 {} 입니다",
    ),
    keys=(
        "Just use my key, {}, until Friday",
        "the API key I was issued reads {}",
        "someone committed the token {} to the public repo",
        "Could you revoke token {} for me?",
        "new secret ({}) goes live tonight",
        "key for the sandbox: {}",
        "production key -> {}",
        "Got 403 although the key {} is active",
        "my personal access token was {}",
        "Token\t{}",
        "* API key — {}",
        "api secret {}",
        "SECRET_TOKEN={}",
        "SIGNING_KEY: '{}'",
        "access_key = {}",
        "requests.get(url, headers={{'X-API-KEY': '{}'}})",
        'Stripe.api_key = "{}"',
        'api = Api(token="{}")',
        'if token == "{}":',
        "https://api.corp.net/v3/find?q=x&api_token={}",
        "--header 'Authorization: Bearer {}'",
        "<token>{}</token>",
        '{{"token": "{}"}}',
        "auth_key: {}",
        "master_key={}",
        "Der geheime Schlüssel ist {}",
        "mon jeton est {}",
        "mi llave secreta, la clave, es {}",
        "meu token secreto: {}",
        "il token di prova è {}",
        "mijn token is {}",
        "мой токен: {}",
        "密钥就是{}",
        "キーは{}です",
    ),
    chosen=(
        _between,
        lambda r: _groups(r, 4, 3),
        lambda r: number(r, 1960, 2024) + r.choice("$!&") + r.choice(_TOOLS),
        lambda r: "".join(word.title() for word in r.sample(_TREES, 3)) + number(r, 1, 9),
        lambda r: some(r, HEX, 9) + number(r, 0, 9),
        lambda r: _syllables(r, 2) + r.choice("._-") + _syllables(r, 2) + number(r, 1, 99),
        lambda r: mixed_signs(r, "!#%*+-=?@^~", 7, 12),
    ),
    generated=(
        lambda r: some(r, HEX, 32),
        lambda r: some(r, MIXED, 28) + "3",
        lambda r: base64.b64encode(r.randbytes(30)).decode(),
        lambda r: "live-" + some(r, MIXED, 27) + "8",
        lambda r: some(r, ALPHABET58, 43) + "9",
    ),
)

_FOODS = ("lasagne", "pretzel", "noodles", "waffles", "goulash", "burrito", "risotto", "falafel")
_NAMES = ("Svenja", "Tomasz", "Priya", "Oluwaseun", "Yuki", "Ingrid", "Mateo", "Farida")
_SQUEEZED = ("Tbontbtitq", "Mhallifwwas", "Iwtbotiwtwot", "Cmiyc", "Nmwwgaiww", "Alonmyf")


def _swapped(rng: random.Random) -> str:
    """Return a word in which letters became the digits and signs that look like them."""
    pairs = rng.sample((("a", "4"), ("e", "3"), ("o", "0"), ("i", "1"), ("s", "5"), ("l", "7")), 4)
    return rng.choice(_FOODS).translate(str.maketrans(dict(pairs)))


TENTH = Told(
    passwords=(
        "{} should get you past the password screen",
        "Try {}. That was the password last week",
        "The password he wrote down looks like {}",
        "turns out the password had always been {}",
        "I finally remembered my password! It's {}",
        "dad's laptop password = {} (caps matter)",
        "Make sure the password equals {} exactly",
        "Password set to {}",
        "New password generated: {}",
        "Your temporary password is shown below:\n\n{}\n\nIt expires soon.",
        "You said 'password {}' on the phone, right?",
        "Attached is a pdf, its password is my birthday, {}",
        "the archive opens with {} (that's the password)",
        "Guest network password: {} (changes monthly)",
        "cctv nvr login is admin, password is {}",
        "| admin | {} | <- default password",
        "Old pw {}, new pw pending",
        "someone changed my Steam password to {}",
        "does anybody know why the password {} is too weak?",
        "we have one password for everything: {}",
        "printer: ip 10.0.0.9, user admin, password {}",
        "mqtt:\n  username: hub\n  password: {}",
        "wpa2 passphrase {}",
        "wifi={} password",
        "spring.mail.password: {}",
        "KEYSTORE_PASSWORD='{}'",
        'root_password = "{}"',
        "DEFAULT_PASS = '{}'",
        "password: !vault-plain {}",
        "useradd kim && echo kim:{} | chpasswd",
        "net user kim {}",
        'psql "host=db user=kim password={}"',
        "rabbitmqctl change_password kim {}",
        "smbclient -U kim%{} //nas/docs",
        "az login -u kim@corp.net -p {}",
        "cy.get('#password').type('{}')",
        "$this->post('/login', ['password' => '{}']);",
        "expect(login('kim', '{}')).rejects // wrong password",
        'userService.create("kim", "{}"); // user, password',
        "password = input() or '{}'",
        "Das Passwort meiner Mutter ist seit Jahren {}",
        "Passwort vergessen? Es war {}",
        "Bitte als Kennwort {} eintragen",
        "mot de passe de la box : {}",
        "j'ai mis {} comme mot de passe",
        "La contraseña que puse fue {}",
        "puse {} de contraseña",
        "a senha nova ficou {}",
        "ho cambiato la password in {}",
        "het wifi-wachtwoord van oma is {}",
        "lösenordet är {}",
        "salasana on nyt {}",
        "nowe hasło brzmi {}",
        "heslo k wifi je {}",
        "новый пароль такой: {}",
        "пароль по умолчанию {}",
        "şifre olarak {} kullan",
        "默认密码：{}",
        "登录密码是 {} 哦",
        "パスワードは「{}」です",
        "초기 비밀번호는 {}입니다",
    ),
    keys=(
        "{} <- is this key still valid?",
        "The vendor's API key ({}) expired",
        "use this as the token: {}",
        "my bot's token leaked, it was {}",
        "the secret in the screenshot reads {}",
        "Generated key:\n\n{}\n\nStore it safely.",
        "We hardcoded {} as the API key",
        "Key accepted: {}",
        "OpenMap key {} has no quota left",
        "api_key is {}",
        "x-functions-key: {}",
        "TOKEN_SECRET = '{}'",
        "ENCRYPTION_KEY={}",
        "jwt:\n  secret: {}",
        'apikey: "{}"',
        "http://api.corp.net/data?access_key={}",
        "fetch(url, {{ headers: {{ Authorization: 'Bearer {}' }} }})",
        "new Client({{ token: '{}' }})",
        'webhook.verify(body, "{}")  # shared secret',
        'client.set_key("{}")',
        "docker run -e TOKEN={} app",
        "flyctl secrets set KEY={}",
        "Der Schlüssel für die Karte ist {}",
        "voici ma clé : {}",
        "mi token de prueba: {}",
        "o token ficou {}",
        "la chiave è {}",
        "mijn API-sleutel: {}",
        "мой API-ключ {}",
        "API密钥：{}",
        "トークン：{}",
    ),
    chosen=(
        _swapped,
        lambda r: r.choice(_NAMES) + number(r, 1, 31) + r.choice("!*$&") + number(r, 1, 12),
        lambda r: r.choice(_SQUEEZED) + number(r, 100, 9999),
        lambda r: r.choice(_FOODS) + r.choice(_FOODS) + number(r, 10, 9999),
        lambda r: r.choice(_FOODS).title() + "-" + r.choice(_NAMES) + "-" + number(r, 10, 99),
        lambda r: some(r, string.ascii_lowercase + string.digits, 9) + number(r, 0, 9) + "x",
        lambda r: mixed_signs(r, "!#$%&*+-.?@_", 8, 16),
    ),
    generated=(
        lambda r: some(r, HEX, 48),
        lambda r: some(r, MIXED, 35) + "6",
        lambda r: base64.b64encode(r.randbytes(33)).decode(),
        lambda r: "sec_" + some(r, MIXED, 26) + "2",
        lambda r: some(r, string.ascii_lowercase + string.digits, 31) + "4",
    ),
)

NEWEST = ("ninth", "tenth")
"""Sets that no bound judges: the rule was mended little or not at all with them in view."""
SETS = {"eighth": EIGHTH, "ninth": NINTH, "tenth": TENTH}
