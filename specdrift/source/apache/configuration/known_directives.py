"""The directives that decide nothing about a request, and those that are evaluated."""

from specdrift.source.apache.configuration.apache_directives import ApacheDirective
from specdrift.source.forwarded import UNKNOWN_PART

_OF_THE_PROCESS = """
    user group chrootdir suexec pidfile defaultruntimedir scoreboardfile coredumpdirectory mutex listenbacklog
    listencoresbucketsratio sendbuffersize receivebuffersize acceptfilter startservers serverlimit minspareservers
    maxspareservers minsparethreads maxsparethreads maxclients maxrequestworkers threadsperchild threadlimit
    asyncrequestworkerfactor gracefulshutdowntimeout maxrequestsperchild maxconnectionsperchild maxmemfree
    threadstacksize loadfile watchdoginterval extendedstatus seerequesttail rlimitcpu rlimitmem rlimitnproc
"""
_LOGS = """
    errorlog errorlogformat loglevel customlog globallog transferlog logformat bufferedlogs logiotrackttfb
    logmessage rewritelog rewriteloglevel ssllog sslloglevel hostnamelookups cookielog
"""
_CONNECTIONS = """
    timeout keepalive keepalivetimeout maxkeepaliverequests requestreadtimeout limitrequestline limitrequestfields
    limitrequestfieldsize limitrequestbody limitxmlrequestbody protocols protocolshonororder readbuffersize
    flushmaxthreshold flushmaxpipelined httpprotocoloptions h2maxsessionstreams h2windowsize h2minworkers h2maxworkers
    h2maxworkeridleseconds h2streammaxmemsize h2serializeheaders h2moderntlsonly h2upgrade h2direct
    h2sessionextrafiles h2tlswarmupsize h2tlscooldownsecs h2push h2pushpriority h2pushdiarysize h2copyfiles
    h2pushresource h2earlyhints h2padding h2outputbuffering h2streamtimeout h2maxdataframelen h2maxheaderblocklen
    h2maxstreamerrors h2earlyhint h2websockets limitinternalrecursion
"""
_ANSWERS = """
    serveradmin serversignature servertokens usecanonicalname usecanonicalphysicalport adddefaultcharset fileetag
    enablemmap enablesendfile contentdigest maxranges maxrangeoverlaps maxrangereversals typesconfig addtype
    addcharset addencoding addlanguage defaultlanguage defaulttype forcetype removetype removecharset removeencoding
    removelanguage mimemagicfile languagepriority forcelanguagepriority cachenegotiateddocs header
    expiresactive expiresbytype expiresdefault deflatefilternote deflatewindowsize deflatebuffersize deflatememlevel
    deflatecompressionlevel deflateinflatelimitrequestbody deflateinflateratiolimit deflateinflateratioburst
    deflatealteretag brotlifilternote brotlicompressionquality brotlicompressionwindow
    brotlicompressionmaxinputblock brotlialteretag addoutputfilterbytype filterdeclare filterprovider filterchain
    filtertrace filterprotocol setoutputfilter addoutputfilter removeoutputfilter substitute
    substitutemaxlinelength substituteinheritbefore directoryindex directoryslash indexoptions indexorderdefault
    indexignore indexignorereset addicon addiconbytype addiconbyencoding addalt addaltbytype addaltbyencoding
    adddescription headername readmename fancyindexing defaulticon indexstylesheet indexheadinsert acceptpathinfo
    bufferedlogs mergetrailers qualifyredirecturl accessfilename traceenable options xbithack namevirtualhost
    cgipassauth cgivar
"""
_TLS = """
    sslpassphrasedialog sslsessioncache sslsessioncachetimeout sslcryptodevice sslrandomseed sslfips sslciphersuite
    sslcertificatefile sslcertificatekeyfile sslcertificatechainfile sslsessionticketkeyfile sslcadnrequestpath
    sslcadnrequestfile sslcarevocationpath sslcarevocationfile sslcarevocationcheck sslprotocol sslhonorcipherorder
    sslcompression sslsessiontickets sslinsecurerenegotiation sslsrpverifierfile sslsrpunknownuserseed
    sslrenegbuffersize sslocspdefaultresponder sslocspoverrideresponder sslocspenable
    sslocspresponsetimeskew sslocspresponsemaxage sslocsprespondertimeout sslocspuserequestnonce sslocspproxyurl
    sslocspnoverify sslocsprespondercertificatefile sslstaplingcache sslusestapling sslstaplingresponsetimeskew
    sslstaplingrespondertimeout sslstaplingresponsemaxage sslstaplingstandardcachetimeout
    sslstaplingreturnrespondererrors sslstaplingfaketrylater sslstaplingerrorcachetimeout sslstaplingforceurl
    sslproxyengine sslproxyprotocol sslproxyciphersuite sslproxyverify sslproxyverifydepth
    sslproxycacertificatefile sslproxycacertificatepath sslproxycarevocationpath sslproxycarevocationfile
    sslproxycarevocationcheck sslproxymachinecertificatefile sslproxymachinecertificatepath
    sslproxymachinecertificatechainfile sslproxycheckpeerexpire sslproxycheckpeercn sslproxycheckpeername
"""
_FORWARDING = """
    proxypassreverse proxypassreversecookiepath proxypassreversecookiedomain proxypreservehost proxyrequests
    proxyreceivebuffersize proxyiobuffersize proxymaxforwards noproxy proxydomain proxyvia proxyerroroverride
    proxytimeout proxybadheader balancergrowth balancerpersist balancerinherit proxystatus proxyset
    proxysourceaddress proxyaddheaders proxy100continue proxyfcgibackendtype proxywebsocketfallbacktoproxyhttp
    proxyhctemplate proxyhcexpr proxyhctpsize
"""
HARMLESS = frozenset((_OF_THE_PROCESS + _LOGS + _CONNECTIONS + _ANSWERS + _TLS + _FORWARDING).split())
"""Their values change nothing about who gets what."""
AUTHORIZATION = frozenset({"require", "requireall", "requireany", "requirenone"})
_PASSWORDS = "authtype authname authuserfile authgroupfile authbasicprovider authbasicauthoritative"
"""What a password is compared with: none is known."""
_SECTIONS = "directory directorymatch files filesmatch location locationmatch proxy proxymatch if elseif else"
_READ = """
    virtualhost limit limitexcept listen documentroot servername serveralias errordocument
    sslengine sslverifyclient sslverifydepth sslcacertificatefile sslcacertificatepath
    sslstrictsnivhostcheck ssloptions sslrequiressl sslrequire authmerging authzsendforbiddenonfailure
    order allow deny satisfy allowmethods allowoverride allowoverridelist allowencodedslashes mergeslashes
    proxypass proxypassmatch balancermember sethandler requestheader setenv unsetenv setenvif
    setenvifnocase setenvifexpr browsermatch browsermatchnocase
    rewriteengine rewritecond rewriterule rewriteoptions rewritebase
    alias aliasmatch scriptalias scriptaliasmatch redirect redirectmatch redirecttemp redirectpermanent
    addhandler removehandler sslvhostsnipolicy
"""
EVALUATED = AUTHORIZATION | frozenset((_READ + _SECTIONS + " " + _PASSWORDS).split())


_SNI_POLICIES = frozenset({"strict", "secure"})


def unread(one: ApacheDirective) -> str:
    """Return why it is not known what a directive does to a request; empty if it is."""
    if one.name in HARMLESS:
        return ""
    if one.name not in EVALUATED:
        return f"{one.name} {one.arg(0)[:60]}".strip()
    if UNKNOWN_PART in one.written:
        return f"{one.name} with a variable whose value is not known"
    if one.name == "sslvhostsnipolicy" and one.arg(0).lower() not in _SNI_POLICIES:
        return f"SSLVHostSNIPolicy {one.arg(0)}"
    return (
        "rules that are inherited"
        if one.name == "rewriteoptions" and "inherit" in one.written.lower()
        else ""
    )
