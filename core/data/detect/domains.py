"""Domain endings that people's addresses have, and those that are set aside."""

RESERVED = frozenset((b"example", b"test", b"invalid", b"localhost", b"local", b"internal"))
"""Endings that never reach anybody."""

_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw
by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et
eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie
il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv
ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr
nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl
sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz
va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_GENERIC = """
com org net edu gov mil int info biz name pro aero coop museum jobs mobi travel cat asia tel post
xxx arpa app dev page blog shop store online site website tech space cloud email mail live life
world today news media agency studio design digital solutions services company center group team
systems network software academy school university education institute training club community
social events photography photos gallery art music video games game fun love family health care
clinic dental doctor hospital legal law lawyer attorney finance financial bank capital money
insurance fund ventures consulting management marketing business industries international global
earth eco energy green solar farm garden house homes land properties property realty estate
rentals restaurant cafe bar pub pizza kitchen food recipes wine beer coffee hotel holiday tours
vacations flights fly taxi cars auto bike fitness yoga run golf football fashion clothing shoes
jewelry boutique beauty salon hair spa wedding baby kids toys pet dog vet guru expert support help
tips guide wiki zone xyz top vip win bid trade trading exchange market markets deals sale discount
gift cheap ltd inc llc gmbh limited foundation charity church ngo ong berlin london paris
amsterdam tokyo nyc boston vegas miami sydney melbourne africa swiss scot wales bayern hamburg
koeln wien tirol bzh quebec gal eus moscow istanbul dubai one plus press report review reviews
science engineering engineer computer codes directory domains host hosting lat link click download
ninja rocks works work zip how new icu buzz monster ist quest
"""
ENDINGS = frozenset(ending.encode() for ending in (_COUNTRIES + _GENERIC).split()) - {b"zip"}
"""Endings an address may have; a file's extension that is also one (`.zip`) is left out."""
