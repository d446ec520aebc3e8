//! Who issues passports (ICAO Doc 9303-3 §5): the three letters of the data page. Numbers of foreign passports are unique
//! within one of these only.

/// Data: ISO 3166-1 alpha-3, and the codes that ICAO adds for what is no country (British nationals by kind, the United
/// Nations, the European Union, Kosovo, the Order of Malta, people without a nationality). `D`, as German passports have it, is
/// written `DEU` here.
const ISSUERS: &str = "\
ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU \
BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK \
DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF \
GUM GUY HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN \
LBR LBY LCA LIE LKA LSO LTU LUX LVA MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS \
MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU \
RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK \
TKL TKM TLS TON TTO TUN TUR TUV TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE \
GBD GBN GBO GBP GBS UNO UNA UNK XOM XXA XXB XXC EUE RKS";

/// Whether these three letters issue passports that are foreign here.
pub(super) fn issues_foreign_passports(code: &str) -> bool {
    code.len() == 3 && ISSUERS.split(' ').any(|issuer| issuer == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_three_letters_and_stands_once() {
        let all: Vec<&str> = ISSUERS.split(' ').collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(all.len(), once.len());
        assert!(
            all.len() > 240 && all.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()))
        );
    }

    #[test]
    fn the_countries_of_this_one_are_not_foreign() {
        for own in ["CHN", "HKG", "MAC", "TWN", "", "US", "USAX", "usa", "ZZZ"] {
            assert!(!issues_foreign_passports(own), "{own}");
        }
        assert!(issues_foreign_passports("USA") && issues_foreign_passports("RKS"));
    }
}
